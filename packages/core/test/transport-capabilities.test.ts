import { describe, expect, it } from 'vitest'
import { defineMessage, unchecked } from '../src/message/index.ts'
import { failureOf, GetQuote, OrderPlaced, take } from './orders.ts'
import { sideWorld } from './side-world.ts'

describe('what a transport cannot do', () => {
  const Secret = defineMessage('secret.told', { schema: unchecked<object>(), needs: ['encrypted'] })

  it('is named when a message needs it and no other transport reaches the receiver', async () => {
    const { agent, both, sideOnly, name } = sideWorld()
    const [shop, desk] = [await agent('shop', both), await agent('desk', sideOnly)]
    desk.subscribe(Secret, () => {})
    expect(await failureOf(() => shop.publish(Secret, {}, { to: 'desk' }))).toMatchObject({
      code: 'SM_CAPABILITY_MISSING',
      message: expect.stringMatching(new RegExp(`secret\\.told cannot go to desk: .*${name} it is not encrypted`)),
      details: { outcome: 'failed' },
    })
  })

  it('is named when a subscription needs it', async () => {
    const { agent, both, name } = sideWorld({ capabilities: { wildcards: false } })
    const desk = await agent('desk', both)
    expect(await failureOf(() => desk.subscribePattern('order.*', () => {}))).toMatchObject({
      code: 'SM_CAPABILITY_MISSING',
      message: expect.stringMatching(new RegExp(`"${name}".*wildcard`)),
    })
  })

  it('does not matter where another transport can', async () => {
    const { agent, both } = sideWorld({ rank: 5 })
    const [shop, desk] = [await agent('shop', both), await agent('desk', both)]
    desk.subscribe(Secret, () => {})
    expect(await shop.publish(Secret, {}, { to: 'desk' })).toMatchObject({ transports: ['memory'] })
    expect(String(shop.explain(Secret, { to: 'desk' }))).toMatch(/→ memory .*\n {2}× side-\d+: it is not encrypted/)
  })
})

describe('a transport that only publishes', () => {
  const archive = () => sideWorld({ capabilities: { publishOnly: true } })

  it('is not subscribed to, and gets a copy for those who read it elsewhere', async () => {
    const { agent, settle, both, side } = archive()
    const shop = await agent('shop', both)
    const { numbers } = take(shop)
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    expect([numbers, side.behaviour.published.length]).toEqual([[1], 1])
  })

  it('is not enough for an agent that subscribes or requests', async () => {
    const { agent, sideOnly } = archive()
    const scribe = await agent('scribe', sideOnly)
    const missing = {
      code: 'SM_CAPABILITY_MISSING',
      message: expect.stringContaining('every transport of the agent only publishes'),
    }
    expect(await failureOf(() => scribe.subscribe(OrderPlaced, () => {}))).toMatchObject(missing)
    expect(await failureOf(() => scribe.request(GetQuote, { sku: 'x' }))).toMatchObject(missing)
  })
})

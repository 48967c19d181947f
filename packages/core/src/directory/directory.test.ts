import { describe, expect, it } from 'vitest'
import { take } from '../../test/orders.ts'
import { presenceBus } from '../../test/presences.ts'
import { testWorld } from '../../test/test-world.ts'
import type { DirectoryChange } from './directory-entry.ts'

describe('watching a directory', () => {
  it('tells of changes from then on, and ends with the agent', async () => {
    const { agent, clock } = testWorld()
    const { transport } = presenceBus()
    const shop = await agent('shop', { transports: [transport()] })
    const changes: DirectoryChange[] = []
    const watching = (async () => {
      for await (const change of shop.directory.watch()) changes.push(change)
    })()
    const billing = await agent('billing', { transports: [transport()] })
    await clock.advance(2_000)
    await take(billing)
    await clock.advance(200)
    await billing.stop()
    await clock.advance(1)
    await shop.stop()
    await watching
    expect(changes.map(({ change, entry }) => `${change} ${entry.agent} ${entry.inbox}`)).toEqual([
      'joined billing none',
      'changed billing open',
      'left billing open',
    ])
  })

  it('keeps the latest change of each for one who is slow', async () => {
    const { agent, clock } = testWorld()
    const { transport } = presenceBus()
    const shop = await agent('shop', { transports: [transport()] })
    const changes = shop.directory.watch()
    const [billing, pricing] = [
      await agent('billing', { transports: [transport()] }),
      await agent('pricing', { transports: [transport()] }),
    ]
    await take(pricing)
    await clock.advance(2_000)
    await billing.stop()
    await clock.advance(1)
    expect((await changes.next()).value).toMatchObject({ change: 'joined', entry: { agent: 'pricing', inbox: 'open' } })
    const next = changes.next()
    await changes.return?.()
    expect(await next).toEqual({ done: true, value: undefined })
    expect(await changes.next()).toEqual({ done: true, value: undefined })
  })

  it('ends when its signal aborts', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    const ends = new AbortController()
    const next = shop.directory.watch({ signal: ends.signal }).next()
    ends.abort()
    expect(await next).toEqual({ done: true, value: undefined })
    expect((await shop.directory.watch({ signal: ends.signal }).next()).done).toBe(true)
  })
})

describe('waitFor', () => {
  it('resolves once the agent takes what is addressed to it', async () => {
    const { agent, clock } = testWorld()
    const { transport } = presenceBus()
    const shop = await agent('shop', { transports: [transport()] })
    let found: unknown
    const waiting = shop.waitFor('billing').then(entries => {
      found = entries
    })
    const billing = await agent('billing', { transports: [transport()] })
    await clock.advance(2_000)
    expect(found).toBeUndefined()
    await take(billing)
    await clock.advance(200)
    await waiting
    expect(found).toMatchObject([{ agent: 'billing', instance: billing.instance, inbox: 'open' }])
    expect(await shop.waitFor(`billing/${billing.instance}`)).toHaveLength(1)
  })

  it('needs no presence where a transport knows by itself who is there', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop', { presence: false })
    const waiting = shop.waitFor('billing')
    await take(await agent('billing', { presence: false }))
    await waiting
  })

  it('rejects when nobody comes in time, with a code and a remedy, and with the reason of its signal', async () => {
    const { agent, clock } = testWorld()
    const { transport } = presenceBus()
    const shop = await agent('shop', { transports: [transport()] })
    const waiting = expect(shop.waitFor('billing', { timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'SM_WAIT_TIMEOUT',
      message: expect.stringMatching(/billing .* within 5000 ms.*share a namespace/),
    })
    await clock.advance(5_000)
    await waiting
    const ends = new AbortController()
    const aborted = expect(shop.waitFor('billing', { signal: ends.signal })).rejects.toThrow('enough')
    ends.abort(new Error('enough'))
    await aborted
    await expect(shop.waitFor('No Agent')).rejects.toMatchObject({ code: 'SM_NAME_INVALID' })
    await expect(shop.waitFor('billing', { timeoutMs: -1 })).rejects.toMatchObject({ code: 'SM_AGENT_OPTIONS' })
    await shop.stop()
    await expect(shop.waitFor('billing')).rejects.toMatchObject({ code: 'SM_AGENT_STOPPED' })
  })

  it('a wait ends with its agent', async () => {
    const { agent, clock } = testWorld()
    const shop = await agent('shop')
    const waiting = expect(shop.waitFor('billing')).rejects.toMatchObject({ code: 'SM_AGENT_STOPPED' })
    await clock.advance(1)
    await shop.stop()
    await waiting
  })
})

describe('the topology', () => {
  it('is data, and a diagram', async () => {
    const { agent, clock } = testWorld()
    const { transport, bus: wire } = presenceBus()
    const shop = await agent('shop', { transports: ['memory', transport()] as never })
    const billing = await agent('billing', { transports: ['memory'] })
    const pricing = await agent('pricing', { transports: [transport()] })
    await clock.advance(1_000)
    const { nodes, edges } = shop.directory.topology()
    expect(nodes.map(({ id }) => id).sort()).toEqual(
      [wire.name, ...[shop, billing, pricing].map(({ id, instance }) => `${id}/${instance}`)].sort(),
    )
    expect(edges.map(({ transport: name, evidence }) => `${name} ${evidence}`).sort()).toEqual([
      'memory subscribed',
      `${wire.name} heard`,
      `${wire.name} subscribed`,
    ])
    const text = String(shop.directory.topology())
    expect(text).toMatch(/^graph LR\n/)
    expect(text).toContain(`(here)`)
    expect(text).toContain(`([${wire.name}])`)
    expect(text.split('\n').filter(line => line.includes('---'))).toHaveLength(3)
  })
})

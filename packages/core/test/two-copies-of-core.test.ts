import { beforeAll, describe, expect, it } from 'vitest'
import * as core from '../src/index.ts'
import { memory } from '../src/memory/index.ts'
import * as author from '../src/transport-author.ts'
import { type CopyOfCore, copyOfCore } from './copy-of-core.ts'
import { failureOf, OrderPlaced, take, upTo } from './orders.ts'
import { sideTransport } from './side-transport.ts'
import { testWorld } from './test-world.ts'

let copy: CopyOfCore
beforeAll(async () => {
  copy = await copyOfCore()
})

const definition: author.TransportDefinition<object> = {
  name: 'carried',
  contract: '1.0',
  version: '1.0.0',
  rank: 50,
  schemes: ['carried'],
  capabilities: memory.definition.capabilities,
  fromUrl: () => ({}),
  create: (options, context) => memory.definition.create(options, context),
}

describe('two copies of core in one process', () => {
  it('are two indeed', () => {
    expect(copy.core.createAgent).not.toBe(core.createAgent)
    expect(copy.author.SmError).not.toBe(core.SmError)
  })

  it('recognise each other’s errors', async () => {
    const thrown = copy.author.smError('SM_ROUTE_NONE', 'No way')
    expect([thrown instanceof core.SmError, core.isSmError(thrown)]).toEqual([false, true])
    expect(copy.core.isSmError(author.smError('SM_ROUTE_NONE', 'No way'))).toBe(true)
  })

  it('share the transports that were registered with either', async () => {
    copy.author.defineTransport(definition)
    expect(core.registeredTransports().map(({ name }) => name)).toContain('carried')
    await using agent = await core.createAgent('billing', { transports: ['carried://x'], namespace: 'carried' })
    expect((await agent.health()).healthy).toBe(true)
  })

  it('notice a second transport under a name that was taken with the other', async () => {
    author.defineTransport({ ...definition, name: 'first-come', schemes: [] })
    expect(() => copy.author.defineTransport({ ...definition, name: 'first-come', schemes: [] })).not.toThrow()
    const error = await failureOf(() =>
      copy.author.defineTransport({ ...definition, name: 'first-come', schemes: [], version: '2.0.0' }),
    )
    expect(error).toMatchObject({
      code: 'SM_TRANSPORT_DUPLICATE',
      message: expect.stringMatching(/first-come 1\.0\.0.*first-come 2\.0\.0/),
    })
  })

  it('share the codecs that were registered with either', async () => {
    const codec = { ...author.jsonCodec, name: 'spelled', contentType: 'application/spelled' }
    copy.author.registerCodec(codec)
    expect(author.codecNamed('spelled')).toBe(codec)
  })

  it('have agents that talk over memory, each with its own schema, and ask each other', async () => {
    const { agent, settle, namespace, clock } = testWorld()
    const shop = await agent('shop')
    await using billing = await copy.core.createAgent('billing', { namespace, clock })
    const taken: unknown[] = []
    billing.subscribe(OrderPlaced, (order, { from }) => void taken.push([order, from.agent]))
    const GetTotal = copy.core.defineMessage('total.get', {
      schema: copy.core.unchecked<object>(),
      reply: copy.core.unchecked<{ total: number }>(),
    })
    billing.subscribe(GetTotal, () => ({ total: 7 }))
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    expect(taken).toEqual([[{ n: 1 }, 'shop']])
    expect(await shop.request(GetTotal, {}, { to: 'billing' })).toEqual({ total: 7 })
    const failure = await failureOf(() => shop.request(GetTotal, { at: new Date(0) }, { to: 'billing' }))
    expect(failure.code).toBe('SM_PAYLOAD_NOT_PORTABLE')
  })

  it('have instances of one agent that handle each message once together, whichever wire brings it', async () => {
    const { agent, settle, namespace, clock } = testWorld()
    const side = sideTransport('between-copies')
    const transports = ['memory', side.transport()]
    const shop = await agent('shop', { transports })
    const here = take(await agent('billing', { transports }))
    await using billing = await copy.core.createAgent('billing', { transports, namespace, clock })
    const there: number[] = []
    billing.subscribe(OrderPlaced, ({ n }) => void there.push(n))
    for (const n of upTo(20)) await shop.publish(OrderPlaced, { n })
    await settle()
    expect([...here.numbers, ...there].toSorted((a, b) => a - b)).toEqual(upTo(20))
    expect([here.numbers.length > 0, there.length > 0]).toEqual([true, true])
  })
})

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createAgent } from '../src/agent/index.ts'
import type { TransportDefinition } from '../src/contract/definition.ts'
import { coreCatalogue } from '../src/errors/catalogue.ts'
import { memory, memoryDeadLetters } from '../src/memory/index.ts'
import { defineMessage } from '../src/message/index.ts'
import { defineTransport } from '../src/registry/define-transport.ts'
import type { TransportsConfig } from '../src/registry/index.ts'
import { failureOf, OrderPlaced } from './orders.ts'
import { sideTransport } from './side-transport.ts'
import { testWorld } from './test-world.ts'

const Order = defineMessage('order.placed', {
  schema: z.object({ id: z.string(), items: z.array(z.object({ sku: z.string(), count: z.number().min(1) })) }),
})

const definition: TransportDefinition<object> = {
  name: 'plugin',
  contract: '1.0',
  version: '1.0.0',
  rank: 50,
  schemes: [],
  capabilities: memory.definition.capabilities,
  create: () => {
    throw new Error('not made in these tests')
  },
}

/** An error with this code, what was wrong in words, and the remedy of the catalogue. */
function coded(code: keyof typeof coreCatalogue, what: RegExp) {
  return {
    check(error: { code?: string; message: string }) {
      expect(error.code).toBe(code)
      expect(error.message).toMatch(what)
      expect(error.message.startsWith(`[${code}] `)).toBe(true)
      expect(error.message).toContain(coreCatalogue[code].remedy)
    },
  }
}

describe('bad input gives the coded error with its remedy', () => {
  it.each([Number.NaN, 0, -1, Number.POSITIVE_INFINITY])('for a wait of %s ms', async timeoutMs => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    const error = await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { timeoutMs }))
    coded('SM_AGENT_OPTIONS', /timeoutMs/).check(error)
    const refused = await failureOf(() => createAgent('billing', { requestTimeoutMs: timeoutMs }))
    coded('SM_AGENT_OPTIONS', /requestTimeoutMs/).check(refused)
  })

  it('for an unknown transport name, by object, list and URL', async () => {
    const configs: TransportsConfig[] = [
      { 'smoke-signals': {} } as TransportsConfig,
      ['smoke-signals'],
      ['smoke://signals'],
      [new URL('smoke://signals')],
    ]
    for (const transports of configs) {
      const error = await failureOf(() => createAgent('billing', { transports }))
      coded('SM_TRANSPORT_UNKNOWN', /smoke/).check(error)
    }
  })

  it('for a schema that rejects, naming each field, to whoever publishes', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    const order = { id: 7 as never, items: [{ sku: 'tea', count: 0 }, { sku: 'salt' } as never] }
    const error = await failureOf(() => shop.publish(Order, order))
    coded('SM_PAYLOAD_INVALID', /id: .*items\.0\.count: .*items\.1\.count: /).check(error)
    expect(error.details).toEqual({
      issues: ['id', 'items.0.count', 'items.1.count'].map(path => ({ path, message: expect.any(String) })),
    })
  })

  it('for a schema that rejects, naming each field, in the dead letter of whoever received', async () => {
    const { agent, settle, namespace } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    billing.subscribe(Order, () => expect.unreachable())
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    const [letter] = memoryDeadLetters(namespace)
    coded('SM_PAYLOAD_INVALID', /id: .*items: /).check(letter?.reason as never)
  })

  it('for a payload that is too large for the transport', async () => {
    const { agent, settle } = testWorld()
    const { transport } = sideTransport('narrow', { maxFrameBytes: 1_000 })
    const options = { transports: [transport()] }
    const [shop, billing] = [await agent('shop', options), await agent('billing', options)]
    billing.subscribe(Order, () => expect.unreachable())
    const error = await failureOf(() => shop.publish(Order, { id: 'x'.repeat(1_000), items: [] }))
    coded('SM_FRAME_TOO_LARGE', /order\.placed makes a frame of \d+ bytes, and narrow takes 1000/).check(error)
    await settle()
  })

  it('for a bad agent id', async () => {
    coded('SM_NAME_INVALID', /agent id "Billing Dept"/).check(await failureOf(() => createAgent('Billing Dept')))
  })

  it('for a plugin that was built for another contract', async () => {
    const error = await failureOf(() => defineTransport({ ...definition, contract: '7.3' }))
    coded('SM_TRANSPORT_INCOMPATIBLE', /"plugin" does not fit: .*7\.3.*1\.0/).check(error)
  })

  it('for a second plugin under a taken name', async () => {
    defineTransport(definition)
    const error = await failureOf(() => defineTransport({ ...definition, version: '1.0.1' }))
    coded('SM_TRANSPORT_DUPLICATE', /plugin 1\.0\.0 .*plugin 1\.0\.1 /).check(error)
  })

  it('for a publish after the stop', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    await shop.stop()
    const error = await failureOf(() => shop.publish(Order, { id: '7', items: [] }))
    coded('SM_AGENT_STOPPED', /shop has stopped and cannot publish/).check(error)
  })

  it.each([
    ['a text', 'out of stock', /out of stock/],
    ['a number', 7, /threw: 7/],
    ['nothing', undefined, /threw: undefined/],
    ['an object without a text', Object.create(null), /cannot be shown/],
  ])('for a handler that throws %s instead of an Error', async (_what, thrown, shown) => {
    const { agent, clock, namespace } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    billing.subscribe(
      OrderPlaced,
      () => {
        throw thrown
      },
      { retry: { maxAttempts: 1 } },
    )
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(0)
    const [letter] = memoryDeadLetters(namespace)
    coded('SM_HANDLER_FAILED', shown).check(letter?.reason as never)
  })
})

import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { failureOf, GetQuote, OrderPlaced } from '../../test/orders.ts'
import { testWorld } from '../../test/test-world.ts'
import { defineMessage, type Header, unchecked } from '../message/index.ts'
import type { TraceContext, Tracing } from '../telemetry/index.ts'

const Invoiced = defineMessage('order.invoiced', { schema: unchecked<object>() })

/** A tracing port that makes a child of whatever is active, and starts nothing by itself. */
function childTracing(): Tracing {
  const active = new AsyncLocalStorage<TraceContext>()
  let spans = 0
  return {
    current: () => active.getStore(),
    run(context, handle) {
      if (!context) return handle()
      const traceparent = context.traceparent.replace(/-[0-9a-f]{16}-/, `-${String(++spans).padStart(16, '0')}-`)
      return active.run({ ...context, traceparent }, handle)
    },
  }
}

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('a message that a handler publishes', () => {
  it('belongs to the conversation of the one it handles, and names it as its cause', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing, scribe] = [await agent('shop'), await agent('billing'), await agent('scribe')]
    const headers: Header[] = []
    billing.subscribe(OrderPlaced, (_order, context) => context.publish(Invoiced, {}))
    billing.subscribe(Invoiced, (_invoice, context) => context.publish(OrderPlaced, { n: 2 }, { to: 'scribe' }))
    scribe.subscribePattern('#', (_payload, { header }) => void headers.push(header))
    const { id } = await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    const [placed, invoiced, second] = headers
    expect([placed?.correlationId, placed?.causationId]).toEqual([undefined, undefined])
    expect([invoiced?.correlationId, invoiced?.causationId]).toEqual([id, id])
    expect([second?.correlationId, second?.causationId]).toEqual([id, invoiced?.id])
  })

  it('may choose another conversation', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const conversations: unknown[] = []
    billing.subscribe(OrderPlaced, (_order, context) => context.publish(Invoiced, {}, { correlationId: 'other' }))
    billing.subscribe(Invoiced, (_invoice, { header }) => void conversations.push(header.correlationId))
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    expect(conversations).toEqual(['other'])
  })
})

describe('a request that a handler makes', () => {
  it('belongs to the same conversation and ends with the handler’s own time', async () => {
    const { agent, clock, settle } = testWorld()
    const [shop, billing, pricing] = [await agent('shop'), await agent('billing'), await agent('pricing')]
    const seen: { header: Header; signal: AbortSignal }[] = []
    pricing.subscribe(GetQuote, (_quote, { header, signal }) => {
      seen.push({ header, signal })
      return new Promise<never>(() => {})
    })
    const failures: unknown[] = []
    billing.subscribe(
      OrderPlaced,
      async (_order, context) => {
        failures.push(await failureOf(() => context.request(GetQuote, { sku: 'x' }, { to: 'pricing' })))
      },
      { timeoutMs: 100, retry: { maxAttempts: 1 } },
    )
    const { id } = await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    expect(seen[0]?.header).toMatchObject({ correlationId: id, causationId: id })
    await clock.advance(120)
    expect(failures).toMatchObject([{ code: 'SM_HANDLER_TIMEOUT' }])
    expect(seen[0]?.signal.aborted).toBe(true)
  })
})

describe('a trace', () => {
  it('that is active where a message is published travels with it, and is active in its handler', async () => {
    const { agent, settle } = testWorld()
    const tracing = childTracing()
    const [shop, billing] = [await agent('shop', { tracing }), await agent('billing', { tracing })]
    const seen: unknown[] = []
    billing.subscribe(OrderPlaced, (_order, context) => {
      seen.push(context.header.traceparent, tracing.current()?.traceparent)
      return context.publish(Invoiced, {})
    })
    billing.subscribe(Invoiced, (_invoice, { header }) => void seen.push(header.traceparent, header.tracestate))
    const state = 'vendor=1'
    await tracing.run({ traceparent, tracestate: state }, () => shop.publish(OrderPlaced, { n: 1 }))
    await settle()
    const child = (span: string) => traceparent.replace('00f067aa0ba902b7', span)
    const [first, second] = ['0000000000000001', '0000000000000002'].map(child)
    expect(seen).toEqual([first, second, second, state])
  })

  it('is passed on by an agent that follows no trace itself', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing, pricing] = [await agent('shop'), await agent('billing'), await agent('pricing')]
    const seen: unknown[] = []
    billing.subscribe(OrderPlaced, async (_order, context) => {
      await context.publish(Invoiced, {})
      await context.request(GetQuote, { sku: 'x' }, { to: 'pricing' })
    })
    billing.subscribe(Invoiced, (_invoice, { header }) => void seen.push(header.traceparent, header.tracestate))
    pricing.subscribe(GetQuote, (_quote, { header }) => {
      seen.push(header.traceparent, header.tracestate)
      return { price: 1 }
    })
    await shop.publish(OrderPlaced, { n: 1 }, { trace: { traceparent, tracestate: 'vendor=1' } })
    await settle()
    expect(seen).toEqual([traceparent, 'vendor=1', traceparent, 'vendor=1'])
  })

  it('is none where nobody brings one', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const seen: unknown[] = []
    billing.subscribe(OrderPlaced, (_order, { header }) => void seen.push(header.traceparent))
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    expect(seen).toEqual([undefined])
  })
})

describe('what a handler knows of its message', () => {
  it('is who sent it, over what, and for which time', async () => {
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing')]
    const seen: unknown[] = []
    billing.subscribe(OrderPlaced, (_order, { from, transport, attempt, signal }) => {
      seen.push(from, transport, attempt, signal.aborted)
    })
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    expect(seen).toEqual([{ agent: 'shop', instance: shop.instance }, 'memory', 1, false])
  })
})

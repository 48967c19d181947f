import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import type { Logger } from '../src/kernel/index.ts'
import { defineMessage, unchecked } from '../src/message/index.ts'
import type { AgentOptions } from '../src/settings/index.ts'
import { diagnostics, type Metrics } from '../src/telemetry/index.ts'
import { failureOf, GetQuote, OrderPlaced, take, upTo } from './orders.ts'
import { sideTransport } from './side-transport.ts'
import { testWorld } from './test-world.ts'

/** A logger that keeps its lines. */
function keepingLogger() {
  const lines: Array<{ readonly level: string; readonly fields: object; readonly line: string }> = []
  const at = (level: string) => (fields: object, line: string) => void lines.push({ level, fields, line })
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { lines, logger }
}

describe('the metrics port', () => {
  it('gets every count of the agent, with few labels and no ids', async () => {
    const counts: string[] = []
    const labels: unknown[] = []
    const metrics: Metrics = {
      count(name, value, given) {
        counts.push(`${name} ${given.agent} ${given.type} ${value}`)
        labels.push(Object.keys(given))
      },
      record() {},
    }
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop', { metrics }), await agent('billing', { metrics })]
    take(billing)
    for (const n of upTo(2)) await shop.publish(OrderPlaced, { n })
    await settle()
    const once = ['delivered billing', 'handled billing', 'acked billing', 'published shop']
    expect(counts.toSorted()).toEqual(
      once.flatMap(name => upTo(2).map(() => `smartmessage.${name} order.placed 1`)).toSorted(),
    )
    expect(labels.every(names => String(names) === 'agent,type')).toBe(true)
    const { counters } = await billing.health()
    expect([counters.delivered, counters.handled, counters.acked]).toEqual([2, 2, 2])
  })
})

describe('the durations of handlers', () => {
  it('go to the metrics port, by type', async () => {
    const durations: unknown[] = []
    const metrics: Metrics = { count() {}, record: (...all) => void durations.push(all) }
    const { agent, clock } = testWorld()
    const [shop, billing] = [await agent('shop'), await agent('billing', { metrics })]
    billing.subscribe(OrderPlaced, () => new Promise<void>(resolve => clock.schedule(resolve, 30)))
    await shop.publish(OrderPlaced, { n: 1 })
    await clock.advance(30)
    expect(durations).toEqual([['smartmessage.handle.ms', 30, { agent: 'billing', type: 'order.placed' }]])
  })
})

describe('the logger', () => {
  it('is told of failures, of what was given up, of strangers and of what came too late, each with the message’s id', async () => {
    const { lines, logger } = keepingLogger()
    const { agent, clock, settle } = testWorld()
    const [shop, billing] = [await agent('shop', { logger }), await agent('billing', { logger })]
    billing.subscribe(OrderPlaced, () => Promise.reject(new Error('no stock')), { retry: { maxAttempts: 1 } })
    const { id } = await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    await failureOf(() => shop.request(GetQuote, { sku: 'x' }, { to: 'billing' }))
    await shop.publish(OrderPlaced, { n: 1 }, { ttlMs: 0 })
    await clock.advance(1)
    expect(lines.map(({ level, line }) => `${level}: ${line}`)).toEqual([
      'warn: Handling a message failed',
      'error: A message was given up',
      'warn: A message has no handler here',
      'warn: A message was expired',
    ])
    expect(lines[0]?.fields).toMatchObject({ agent: 'billing', messageId: id, attempt: 1, code: 'SM_HANDLER_FAILED' })
  })

  it('hears nothing while all goes well', async () => {
    const { lines, logger } = keepingLogger()
    const { agent, settle } = testWorld()
    const [shop, billing] = [await agent('shop', { logger }), await agent('billing', { logger })]
    take(billing)
    await shop.publish(OrderPlaced, { n: 1 })
    await settle()
    await shop.stop()
    expect(lines).toEqual([])
  })
})

describe('a payload', () => {
  const secret = 'XYZZY-8051'
  const Letter = defineMessage('letter.sent', {
    schema: z.object({ to: z.string(), text: z.string() }),
    reply: z.object({ ok: z.boolean() }),
  })
  const Wrong = defineMessage('letter.sent', {
    schema: unchecked<object>(),
    reply: z.object({ ok: z.boolean() }),
  })

  it('stands in no log line, no event, no error and no metric, whatever goes wrong with it', async () => {
    const told: unknown[] = []
    const { lines, logger } = keepingLogger()
    for (const watched of Object.values(diagnostics)) {
      const onEvent = (event: unknown) => void told.push(event)
      watched.subscribe(onEvent)
      onTestFinished(() => void watched.unsubscribe(onEvent))
    }
    const metrics: Metrics = { count: (...all) => void told.push(all), record: (...all) => void told.push(all) }
    const wire = sideTransport('leaky', { rank: 5, encodes: true, maxFrameBytes: 2_000 })
    const options: AgentOptions = { logger, metrics, transports: ['memory', wire.transport()] }
    const world = testWorld()
    const [shop, post] = [await world.agent('shop', options), await world.agent('post', options)]

    let letters = 0
    post.subscribe(
      Letter,
      async () => {
        letters += 1
        if (letters === 1) throw new Error('the box is full')
        if (letters === 2) await new Promise(() => {})
        return letters === 3 ? ({ ok: secret } as never) : { ok: true }
      },
      { timeoutMs: 50, retry: { maxAttempts: 3 } },
    )
    const letter = { to: 'ada', text: secret }
    await shop.publish(Letter, letter, { to: 'post' })
    await shop.publish(Letter, letter)
    await world.clock.advance(5_000)
    const failures = [
      () => shop.publish(Letter, { to: 7 as never, text: secret }),
      () => shop.publish(Wrong, { text: secret, at: new Date(0) }),
      () => shop.publish(Letter, letter, { to: 'nobody' }),
      () => shop.publish(Letter, { to: secret.repeat(300), text: secret }),
      () => shop.request(Wrong, { text: { secret }, to: secret }, { to: 'post', timeoutMs: 100 }),
      () => shop.request(Letter, letter, { to: 'post', timeoutMs: 100 }),
    ]
    for (const fail of failures) {
      const failed = failureOf(fail).catch((error: unknown) => error)
      await world.clock.advance(200)
      told.push(await failed)
    }
    await shop.publish(Wrong, { text: [secret] }, { to: 'post' })
    await world.clock.advance(60_000)
    told.push(await post.health(), shop.explain(Letter, { to: 'post' }))

    expect(told.length).toBeGreaterThan(20)
    expect(lines.length).toBeGreaterThan(3)
    const text = inspect([told, lines], { depth: 20, showHidden: false, maxArrayLength: null, maxStringLength: null })
    expect(text).toContain('SM_PAYLOAD_INVALID')
    expect(text).not.toContain(secret)
  })

  it('that cannot be decoded stands in no error either', async () => {
    const { lines, logger } = keepingLogger()
    const { agent, clock } = testWorld()
    const wire = sideTransport('garbling', { garbles: `{"text": ${secret}` })
    const options: AgentOptions = { logger, transports: [wire.transport()] }
    const [shop, post] = [await agent('shop', options), await agent('post', options)]
    post.subscribe(Letter, () => expect.unreachable(), { retry: { maxAttempts: 1 } })
    const failure = failureOf(() => shop.request(Letter, { to: 'ada', text: secret }, { to: 'post' }))
    await clock.advance(0)
    expect(await failure).toMatchObject({ code: 'SM_CODEC_MALFORMED' })
    expect(lines).toMatchObject([{ line: 'Handling a message failed', fields: { code: 'SM_CODEC_MALFORMED' } }])
    expect(inspect([await failure, lines], { depth: 20 })).not.toContain(secret)
  })
})

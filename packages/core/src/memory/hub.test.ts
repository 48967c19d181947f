import { describe, expect, it } from 'vitest'
import { acks, inbox, listen, memoryWorld, order, topic } from '../../test/memory-world.ts'
import { memoryDeadLetters } from './hub.ts'

const hubs = () => (globalThis as unknown as Record<symbol, Map<string, unknown>>)[Symbol.for('@sm/core.memory-hubs.1')]

describe('the hub of a namespace', () => {
  it('is there while transports are attached, and forgotten with the last of them', async () => {
    const { open, namespace } = memoryWorld()
    const first = await open('shop')
    const second = await open('billing')
    await first.stop()
    expect(hubs()?.has(namespace)).toBe(true)
    await second.stop()
    expect(hubs()?.has(namespace)).toBe(false)
  })

  it('is kept for the frames that wait for a successor, and forgotten with them', async () => {
    const { open, namespace, clock, settle } = memoryWorld()
    const transport = await open('shop', { graceMs: 100 })
    listen(transport)
    transport.publish(order(1), topic)
    await settle()
    await transport.stop()
    expect(hubs()?.has(namespace)).toBe(true)
    await clock.advance(100)
    expect(hubs()?.has(namespace)).toBe(false)
  })

  it('hands frames that wait to a successor of another transport', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    listen(transport)
    transport.publish(order(1), topic)
    await settle()
    await transport.stop()
    const { numbers } = listen(await open('shop'))
    await settle()
    expect(numbers()).toEqual([1])
  })

  it('that is forgotten leaves its successor alone', async () => {
    const { open, namespace, settle } = memoryWorld()
    const old = await open('shop')
    await old.stop()
    const { numbers } = listen(await open('billing'))
    const desk = await open('desk')
    await old.stop()
    desk.publish(order(1), topic)
    await settle()
    expect(numbers()).toEqual([1])
    expect(hubs()?.has(namespace)).toBe(true)
  })

  it('keeps nothing of subscriptions that were opened and closed', async () => {
    const { open, clock } = memoryWorld()
    const transport = await open('shop')
    for (let i = 0; i < 1_000; i++) {
      const target = { kind: 'pattern', pattern: `order.${i}` } as const
      await listen(transport, { target }).subscription.close()
    }
    expect(transport.health()).toEqual({ state: 'ready', details: { groups: 0, queued: 0, deadLetters: 0 } })
    expect(clock.pending).toBe(0)
  })

  it('keeps the last thousand dead letters', async () => {
    const { open, settle, namespace } = memoryWorld()
    const transport = await open('shop', { maxQueued: 2_000 })
    listen(transport, {}, delivery => delivery.reject({ code: 'SM_X', message: 'no' }))
    for (let n = 0; n < 1_005; n++) transport.publish(order(n), topic)
    await settle()
    const letters = memoryDeadLetters(namespace)
    expect(letters).toHaveLength(1_000)
    expect(letters[0]?.frame.body.value()).toEqual({ n: 5 })
    expect(letters[0]?.reason).toEqual({ code: 'SM_X', message: 'no' })
  })

  it('that nobody has has no dead letters', () => {
    expect(memoryDeadLetters('nowhere')).toEqual([])
  })
})

describe('agents that keep each other busy', () => {
  it('leave the event loop its turn', async () => {
    const { open } = memoryWorld()
    const ping = await open('ping')
    const pong = await open('pong')
    let passes = 0
    let stopped = false
    const pass = (transport: typeof ping, to: string) => {
      passes += 1
      // A failure must end too: a starved loop would never reach the end of this test.
      if (!stopped && passes < 1_000_000) transport.publish(order(passes), inbox(to))
    }
    listen(ping, { target: inbox('ping'), group: 'ping' }, delivery => {
      delivery.ack()
      pass(ping, 'pong')
    })
    listen(pong, { target: inbox('pong'), group: 'pong' }, delivery => {
      delivery.ack()
      pass(pong, 'ping')
    })
    pass(ping, 'pong')
    await new Promise<void>(resolve => setImmediate(resolve))
    expect(passes).toBeGreaterThan(100)
    expect(passes).toBeLessThan(100_000)
    stopped = true
  })

  it('leave the event loop its turn when one message is handed back again and again', async () => {
    const { open } = memoryWorld()
    const transport = await open('shop')
    let attempts = 0
    let stopped = false
    listen(transport, {}, delivery => {
      attempts = delivery.attempt
      if (stopped || attempts > 1_000_000) delivery.ack()
      else delivery.nack()
    })
    transport.publish(order(1), topic)
    await new Promise<void>(resolve => setImmediate(resolve))
    expect(attempts).toBeGreaterThan(100)
    expect(attempts).toBeLessThan(100_000)
    stopped = true
  })
})

describe('a busy group', () => {
  it('leaves others their turn', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const seen: unknown[] = []
    listen(transport, { prefetch: 1_000 }, delivery => {
      delivery.ack()
      seen.push('busy')
    })
    listen(transport, { target: inbox('quiet'), group: 'quiet' }, delivery => {
      delivery.ack()
      seen.push('quiet')
    })
    for (let n = 0; n < 1_000; n++) transport.publish(order(n), topic)
    transport.publish(order(0), inbox('quiet'))
    await settle()
    expect(seen.indexOf('quiet')).toBeLessThan(300)
    expect(seen).toHaveLength(1_001)
  })

  it('keeps the order of one sender', async () => {
    const { open, settle } = memoryWorld()
    const transport = await open('shop')
    const { numbers } = listen(transport, { prefetch: 7 }, acks)
    const expected = Array.from({ length: 900 }, (_, n) => n)
    for (const n of expected) transport.publish(order(n), topic)
    await settle()
    expect(numbers()).toEqual(expected)
  })
})

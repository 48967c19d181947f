import { describe, expect, it } from 'vitest'
import type { Agent, StopReport } from '../src/agent/index.ts'
import { defineMessage, unchecked } from '../src/message/index.ts'
import type { Subscription } from '../src/receiving/index.ts'
import { failureOf } from './orders.ts'
import { testWorld } from './test-world.ts'

const Work = defineMessage('work', { schema: unchecked<number>() })

/** Two agents, and a handler that runs until it is let go. */
async function busy(options: { readonly signal?: AbortSignal } = {}) {
  const world = testWorld()
  const [sender, worker] = [await world.agent('sender'), await world.agent('worker')]
  const gate = Promise.withResolvers<void>()
  const log: string[] = []
  const subscription = await worker.subscribe(
    Work,
    async (n, { signal }) => {
      log.push(`begin ${n}`)
      await gate.promise
      log.push(`end ${n}${signal.aborted ? ', told to give up' : ''}`)
    },
    options,
  )
  await sender.publish(Work, 1)
  await world.settle()
  const ended = (promise: Promise<unknown>, name: string) => void promise.then(() => log.push(name))
  return { ...world, sender, worker, subscription, gate, log, ended }
}

describe('a stop', () => {
  it('after the signal of a subscription waits for its handlers', async () => {
    const controller = new AbortController()
    const { worker, gate, log, ended, clock } = await busy({ signal: controller.signal })
    controller.abort()
    const stop = worker.stop()
    ended(stop, 'stopped')
    await clock.advance(100)
    expect(log).toEqual(['begin 1'])
    gate.resolve()
    await clock.advance(10)
    expect(log).toEqual(['begin 1', 'end 1', 'stopped'])
    expect(await stop).toEqual({ completed: 1, handedBack: 0, abandoned: 0, unsent: 0 })
  })

  it('waits for a close that is under way', async () => {
    const { worker, subscription, gate, log, ended, clock } = await busy()
    ended(subscription.close(), 'closed')
    ended(worker.stop(), 'stopped')
    await clock.advance(100)
    expect(log).toEqual(['begin 1'])
    gate.resolve()
    await clock.advance(10)
    expect(log).toEqual(['begin 1', 'end 1', 'closed', 'stopped'])
  })

  it('refuses what would be taken on while it drains', async () => {
    const { worker, gate } = await busy()
    const stop = worker.stop()
    expect(await failureOf(() => worker.subscribe(Work, () => undefined))).toMatchObject({ code: 'SM_AGENT_STOPPED' })
    expect(await failureOf(() => worker.stream(Work))).toMatchObject({ code: 'SM_AGENT_STOPPED' })
    expect(await failureOf(() => worker.listen())).toMatchObject({ code: 'SM_AGENT_STOPPED' })
    gate.resolve()
    await stop
  })
})

describe('a handler that ends what it belongs to', () => {
  it.each(['close', 'stop'] as const)(
    'by %s() does not wait for itself, and its message counts as handled',
    async how => {
      const { agent, clock } = testWorld()
      const [sender, worker] = [await agent('sender'), await agent('worker')]
      const reports: unknown[] = []
      let runs = 0
      const subscription: Subscription = await worker.subscribe(Work, async () => {
        runs += 1
        reports.push(how === 'close' ? await subscription.close() : await worker.stop())
      })
      await sender.publish(Work, 1)
      await clock.advance(100)
      expect(reports).toHaveLength(1)
      if (how === 'stop') expect((reports[0] as StopReport).running).toBe(1)
      expect(await worker.stop()).toMatchObject({ abandoned: 0 })
      await clock.advance(60_000)
      expect(runs).toBe(1)
    },
  )

  it('called by what a handler has left behind waits for the handlers that still run', async () => {
    const { agent, settle, clock } = testWorld()
    const [sender, worker] = [await agent('sender'), await agent('worker')]
    const gate = Promise.withResolvers<void>()
    const left = Promise.withResolvers<void>()
    let closed = false
    const leave = async () => {
      await left.promise
      await subscription.close({ drain: true })
      closed = true
    }
    const subscription = worker.subscribe(Work, n => {
      if (n === 2) return gate.promise
      // It goes on after the handler is done, and so in its name.
      void leave()
      return undefined
    })
    await subscription
    for (const n of [1, 2]) await sender.publish(Work, n)
    await settle()
    left.resolve()
    await settle()
    expect(closed).toBe(false)
    gate.resolve()
    await clock.advance(10)
    expect(closed).toBe(true)
  })

  it('of another agent waits for that one', async () => {
    const { agent, settle, clock } = testWorld()
    const [sender, one, other] = [await agent('sender'), await agent('one'), await agent('other')]
    const gate = Promise.withResolvers<void>()
    await other.subscribe(Work, () => gate.promise)
    let stopped = false
    const stopOther = async (agent: Agent) => {
      await agent.stop()
      stopped = true
    }
    await one.subscribe(Work, () => stopOther(other))
    await sender.publish(Work, 1)
    await settle()
    expect(stopped).toBe(false)
    gate.resolve()
    await clock.advance(10)
    expect(stopped).toBe(true)
  })
})

describe('a loop', () => {
  it('settles every next() that is asked for at once, in order', async () => {
    const { agent, settle } = testWorld()
    const worker = await agent('worker')
    const stream = await worker.subscribe(Work)
    const asked = [stream.next(), stream.next(), stream.next()]
    for (const n of [1, 2, 3]) await worker.publish(Work, n)
    await settle()
    expect((await Promise.all(asked)).map(({ value }) => value?.payload)).toEqual([1, 2, 3])
  })

  it('ends every next() that waits when it ends', async () => {
    const { agent } = testWorld()
    const worker = await agent('worker')
    const stream = await worker.subscribe(Work)
    const asked = [stream.next(), stream.next()]
    await worker.stop()
    expect((await Promise.all(asked)).map(({ done }) => done)).toEqual([true, true])
  })

  it('tries again what it hands back, and gives up what it rejects', async () => {
    const { agent, clock } = testWorld()
    const worker = await agent('worker')
    const stream = await worker.stream(Work, { retry: { maxAttempts: 2, initialMs: 10, jitter: 0 } })
    await worker.publish(Work, 1)
    const first = await stream.next()
    first.value?.nack('not now')
    await clock.advance(10)
    const second = await stream.next()
    expect([second.value?.payload, second.value?.context.attempt]).toEqual([1, 2])
    second.value?.reject('never')
    await clock.advance(0)
    expect(worker.deadLetters().map(({ reason }) => reason.message)).toEqual([expect.stringContaining('never')])
  })
})

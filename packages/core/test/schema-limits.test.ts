import { describe, expect, it } from 'vitest'
import type { Agent } from '../src/agent/index.ts'
import { defineMessage, type StandardSchemaV1, unchecked } from '../src/message/index.ts'
import { failureOf } from './orders.ts'
import { testWorld } from './test-world.ts'

function schema(validate: (value: unknown) => unknown): StandardSchemaV1<number, number> {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } }
}

const hangs = schema(() => new Promise(() => undefined))
const throws = schema(() => {
  throw new Error('no schema today')
})
const rejects = schema(() => Promise.reject(new Error('no schema today')))

const HangsHere = defineMessage('work', { schema: hangs, reply: unchecked<number>() })
const Work = defineMessage('work', { schema: unchecked<number>(), reply: unchecked<number>() })
const HangsInReply = defineMessage('work', { schema: unchecked<number>(), reply: hangs })

describe('a schema that hangs', () => {
  const calls = {
    publish: (from: Agent, options: object) => from.publish(HangsHere, 1, { to: 'shop', ...options }),
    request: (from: Agent, options: object) => from.request(HangsHere, 1, { to: 'shop', ...options }),
  }

  it.each(['publish', 'request'] as const)('at a %s is ended by timeoutMs and by the signal', async call => {
    const { agent, clock } = testWorld()
    const shop = await agent('shop')
    const controller = new AbortController()
    const timed = failureOf(() => calls[call](shop, { timeoutMs: 500 }))
    const signalled = failureOf(() => calls[call](shop, { signal: controller.signal }))
    await clock.advance(499)
    controller.abort(new Error('enough'))
    await clock.advance(100)
    expect((await timed).code).toMatch(/^SM_(SCHEMA|PUBLISH|REQUEST)_TIMEOUT$/)
    await signalled
  })

  it('at a receiver ends with the time of its handler, and what comes after is handled', async () => {
    const { agent, clock } = testWorld()
    const [sender, worker] = [await agent('sender'), await agent('worker')]
    const Some = defineMessage('work', {
      schema: schema(value => (value === 1 ? new Promise(() => undefined) : { value })),
      reply: unchecked<number>(),
    })
    const got: number[] = []
    await worker.subscribe(
      Some,
      n => {
        got.push(n)
        return n
      },
      { timeoutMs: 200, concurrency: 1, retry: { maxAttempts: 1 } },
    )
    for (const n of [0, 1, 2]) await sender.publish(Work, n)
    await clock.advance(300)
    expect(got).toEqual([0, 2])
    expect(worker.deadLetters().map(({ reason }) => reason.code)).toEqual(['SM_SCHEMA_TIMEOUT'])
  })

  it('in a reply ends with the request', async () => {
    const { agent, clock } = testWorld()
    const [boss, worker] = [await agent('boss'), await agent('worker')]
    await worker.subscribe(Work, n => n)
    const failure = failureOf(() => boss.request(HangsInReply, 1, { to: 'worker', timeoutMs: 500 }))
    await clock.advance(600)
    expect((await failure).code).toMatch(/TIMEOUT/)
  })
})

describe.each([
  ['throws', throws],
  ['rejects', rejects],
])('a schema that %s', (_how, bad) => {
  const Bad = defineMessage('work', { schema: bad, reply: unchecked<number>() })

  it('refuses a publish as one that does not validate', async () => {
    const { agent } = testWorld()
    const shop = await agent('shop')
    expect(await failureOf(() => shop.publish(Bad, 1))).toMatchObject({
      code: 'SM_PAYLOAD_INVALID',
      message: expect.stringContaining('no schema today'),
    })
  })

  it('makes a dead letter of what comes, without a try of the handler', async () => {
    const { agent, clock } = testWorld()
    const [sender, worker] = [await agent('sender'), await agent('worker')]
    let runs = 0
    await worker.subscribe(Bad, () => ++runs)
    await sender.publish(Work, 1)
    await clock.advance(60_000)
    expect(runs).toBe(0)
    expect(worker.deadLetters().map(({ reason }) => reason.code)).toEqual(['SM_PAYLOAD_INVALID'])
    expect((await worker.health()).counters.failed).toBe(1)
  })
})

import assert from 'node:assert/strict'
import { defineMessage, unchecked } from '@sm/core'
import { type Header, parseAgentRef } from '@sm/core/transport'
import type { ConformanceCase } from '../conformance-case.ts'
import type { Environment } from '../environment.ts'
import { refused } from '../expectations.ts'
import { atLeastOnce, atMostOnce, receives } from '../needs.ts'
import { topic } from '../test-peer.ts'

interface Step {
  readonly n: number
}

const type = 'conformance.step'
/** The type of every reply, on every wire. */
const replyType = 'sm.reply'
const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** A message that is sent at the level of the run, in its codec. */
function defineStep({ codec, level: delivery }: Environment, key?: (step: Step) => string) {
  return defineMessage(type, { schema: unchecked<Step>(), codec: codec.name, delivery, ...(key && { key }) })
}

/** The value of a thing once somebody says so. */
function gate() {
  let open = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  return { open, opened }
}

/** The promises of core that handlers of agents rely on, kept over this transport. */
export const agents: readonly ConformanceCase[] = [
  {
    id: 'CORE-01',
    title: 'A message whose time has passed is not handed to a handler.',
    needs: [receives],
    async run(env) {
      const Step = defineStep(env)
      const [sender, receiver] = [await env.agent('sender'), await env.agent('receiver')]
      const handled: number[] = []
      const first = gate()
      const handle = async ({ n }: Step) => {
        handled.push(n)
        if (n === 1) await first.opened
      }
      await receiver.subscribe(Step, handle, { concurrency: 1 })
      await sender.publish(Step, { n: 1 })
      await env.eventually('the first message is handled', () => handled.length === 1)
      // It waits behind the first, for longer than it may.
      await sender.publish(Step, { n: 2 }, { ttlMs: 50 })
      await sender.publish(Step, { n: 3 })
      await pause(150)
      first.open()
      await env.eventually('the message without an end is handled', () => handled.includes(3))
      assert.deepEqual(handled, [1, 3], 'A message was handled after its time')
    },
  },
  {
    id: 'CORE-02',
    title: 'A message that arrives again is not handled again.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const Step = defineStep(env)
      const [sender, receiver] = [await env.peer('sender'), await env.agent('receiver')]
      const handled: number[] = []
      await receiver.subscribe(Step, ({ n }) => void handled.push(n))
      const frame = sender.frame(topic(type), { n: 1 })
      for (let copy = 1; copy <= 3; copy++) {
        await env.within('a publish resolves', sender.publish(frame, topic(type)))
        await env.eventually('the message is handled', () => handled.length >= 1)
      }
      await sender.send(topic(type), { n: 2 })
      await env.eventually('the next message is handled', () => handled.includes(2))
      await env.quiet()
      assert.deepEqual(handled, [1, 2], 'A message was handled more than once')
    },
  },
  {
    id: 'CORE-03',
    title: 'Messages of one key are handled one after the other, in the order of their arrival.',
    needs: [receives],
    async run(env) {
      const Step = defineStep(env, ({ n }) => `key ${n % 3}`)
      const [sender, receiver] = [await env.agent('sender'), await env.agent('receiver')]
      const handled: number[] = []
      const running = new Set<number>()
      let together = 0
      let most = 0
      const handle = async ({ n }: Step) => {
        if (running.has(n % 3)) together += 1
        running.add(n % 3)
        most = Math.max(most, running.size)
        await pause(n % 4)
        running.delete(n % 3)
        handled.push(n)
      }
      await receiver.subscribe(Step, handle, { concurrency: 8 })
      const numbers = Array.from({ length: 30 }, (_, n) => n)
      for (const n of numbers) await sender.publish(Step, { n })
      await env.eventually('each message is handled', () => handled.length === numbers.length)
      assert.equal(together, 0, 'Two messages of one key were handled at once')
      if (env.capabilities.ordering === 'none') return
      for (const key of [0, 1, 2]) {
        const ofKey = (all: readonly number[]) => all.filter(n => n % 3 === key)
        assert.deepEqual(ofKey(handled), ofKey(numbers), 'Messages of one key were handled out of order')
      }
    },
  },
  {
    id: 'CORE-04',
    title: 'A message whose handler fails is tried as often as its subscription says, and then given up.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const Step = defineStep(env)
      const [sender, receiver] = [await env.agent('sender'), await env.agent('receiver')]
      let tries = 0
      let others = 0
      const handle = ({ n }: Step) => {
        if (n === 2) others += 1
        else {
          tries += 1
          throw new Error('a fault of the handler')
        }
      }
      const retry = { maxAttempts: 3, initialMs: 1, maxMs: 1 }
      await receiver.subscribe(Step, handle, { retry })
      await sender.publish(Step, { n: 1 })
      await env.eventually('it is tried three times', () => tries >= 3)
      const { rejected } = (await receiver.health()).counters
      await sender.publish(Step, { n: 2 })
      await env.eventually('the next message is handled', () => others === 1)
      await env.quiet()
      assert.equal(tries, 3, `A message was tried ${tries} times of 3`)
      assert.ok(rejected <= 1 && (await receiver.health()).counters.rejected === 1, 'It was not given up once')
    },
  },
  {
    id: 'CORE-05',
    title: 'A reply that comes too late is counted, and taken for no other.',
    needs: [receives, atMostOnce],
    async run(env) {
      const Question = defineMessage('conformance.late', {
        schema: unchecked<Step>(),
        reply: unchecked<Step>(),
        codec: env.codec.name,
      })
      // A peer that answers when it wants to, whether somebody still waits or not.
      const [answerer, asker] = [await env.peer('answerer'), await env.agent('asker')]
      const questions = await answerer.listen(answerer.inbox)
      const question = (n: number) =>
        questions.deliveries.find(
          ({ frame: { header, body } }) => header.type === Question.type && (body.value() as unknown as Step).n === n,
        )?.frame.header
      const ask = (n: number, timeoutMs: number) =>
        env.within('a request ends', asker.request(Question, { n }, { to: 'answerer', timeoutMs }))
      const answer = (n: number) => {
        const { id: correlationId, replyTo = '' } = question(n) as Header
        const to = { kind: 'inbox', ...parseAgentRef(replyTo) } as const
        return answerer.send(to, { n }, { type: replyType, correlationId, delivery: 'at-most-once' })
      }
      // A slow wire may take up all of the time by itself: it is given more, until the question has arrived.
      for (const timeoutMs of [100, 500, 2_500]) {
        if (question(0)) break
        await refused('SM_REQUEST_TIMEOUT', 'A request that is not answered', () => ask(0, timeoutMs))
      }
      assert.ok(question(0), 'The question never arrived')
      const next = ask(1, env.limits.caseTimeoutMs)
      // The caller that waits for it is told below.
      next.catch(() => undefined)
      await env.eventually('the next question arrives', () => question(1) !== undefined)
      await answer(0)
      await answer(1)
      assert.deepEqual({ ...(await next) }, { n: 1 }, 'A request got the reply to another')
      let lateReplies = 0
      for (let looks = 0; looks < 100 && lateReplies === 0; looks++) {
        await env.quiet()
        lateReplies = (await asker.health()).counters.lateReplies
      }
      assert.equal(lateReplies, 1, 'The late reply was not counted once')
    },
  },
]

import assert from 'node:assert/strict'
import type { Delivery, Frame } from '@sm/core/transport'
import { type ConformanceCase, type Need, NotApplicable } from '../conformance-case.ts'
import type { Environment } from '../environment.ts'
import { eachOnce, sameFrames, sameHeader, samePayload } from '../expectations.ts'
import type { OnDelivery } from '../listener.ts'
import { atLeastOnce, atMostOnce, deadLetters, groups, receives } from '../needs.ts'
import { type TestPeer, topic } from '../test-peer.ts'

const reason = { code: 'SM_CONFORMANCE', message: 'Given up by the suite' }
const level = { delivery: 'at-least-once' } as const

/**
 * Settles frames in some way, gives a second member of the group and a successor of the first every chance to get them
 * again, and returns how often each frame was delivered, in the order of their sending.
 */
async function timesDelivered(env: Environment, settle: readonly OnDelivery[], delivery = env.level) {
  const [producer, first, second] = await env.peers('producer', 'member', 'member')
  const address = topic('settled.work')
  let place = 0
  const onDelivery = (given: Delivery) => {
    const how = settle[place++]
    if (how === 'ack' || how === undefined) given.ack()
    else if (how !== 'hold') how(given)
  }
  const one = await first.listen('settled.work', { onDelivery })
  const sent = []
  for (let i = 0; i < settle.length; i++) {
    sent.push(await producer.send(address, i, { delivery }))
    await one.got(sent)
  }
  const two = await second.listen('settled.work')
  await env.silence(producer, [address, one, two])
  await first.stop({ drain: false })
  await env.silence(producer, [address, two])
  const ids = [...one.ids, ...two.ids]
  return sent.map(({ header }) => ids.filter(id => id === header.id).length)
}

const delays: Need = {
  unmet: ({ capabilities }) => (capabilities.delay ? undefined : 'it keeps nothing back'),
  otherwise: env => comesBack(env, 0),
}

/** Throws unless a frame that is nacked with a delay comes back, and no earlier than `minMs` later. */
async function comesBack(env: Environment, minMs: number): Promise<void> {
  const [producer, consumer] = await env.peers('producer', 'consumer')
  const times: number[] = []
  const listener = await consumer.listen('delayed.work', {
    onDelivery(delivery) {
      times.push(performance.now())
      if (times.length === 1) delivery.nack({ delayMs: 150 })
      else delivery.ack()
    },
  })
  const sent = await producer.send(topic('delayed.work'), null, level)
  await listener.got(2)
  sameFrames(listener.ids, [sent, sent], 'Another frame came back')
  // Timers may run a millisecond early by another clock.
  const waited = (times[1] ?? 0) - (times[0] ?? 0)
  assert.ok(waited >= minMs - 2, `It came back after ${Math.round(waited)} ms of 150`)
}

/** Has a consumer reject so many frames, and acknowledge what comes after them. */
async function rejected(env: Environment, count: number) {
  const [producer, consumer] = await env.peers('producer', 'consumer')
  // A frame that comes again is rejected again.
  const ids = new Set<string>()
  const listener = await consumer.listen('given.up', {
    onDelivery(delivery) {
      const { id } = delivery.frame.header
      if (ids.size < count) ids.add(id)
      if (ids.has(id)) delivery.reject(reason)
      else delivery.ack()
    },
  })
  const sent: Frame[] = []
  // A few at a time: a publish must not wait for room.
  while (sent.length < count) {
    sent.push(...(await producer.sendMany(Math.min(20, count - sent.length), topic('given.up'), level)))
    await listener.got(sent)
  }
  return { producer, consumer, sent }
}

/** The dead letters, as soon as `enough` holds of their ids; those of the end, when it never does. */
async function lettersOnce(env: Environment, consumer: TestPeer, enough: (ids: readonly string[]) => boolean) {
  for (let looks = 0; ; looks++) {
    const letters = await env.deadLetters(consumer)
    if (!letters) throw new NotApplicable('the harness cannot see its dead letters', false)
    if (looks === 100 || enough(letters.map(({ id }) => id))) return letters
    await env.quiet()
  }
}

/** The effects of settling a delivery. */
export const acknowledgement: readonly ConformanceCase[] = [
  {
    id: 'ACK-01',
    title: 'An acked frame is not delivered again.',
    needs: [receives, atLeastOnce, groups],
    async run(env) {
      assert.deepEqual(await timesDelivered(env, ['ack', 'ack', 'ack']), [1, 1, 1])
    },
  },
  {
    id: 'ACK-02',
    title: 'A nacked frame is delivered again, under the same id.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      let nacks = 1
      const onDelivery = (delivery: Delivery) => (nacks-- > 0 ? delivery.nack() : delivery.ack())
      const sent = producer.frame(topic('failing.work'), { order: 7 }, { ...level, extensions: { xkept: 'yes' } })
      const listener = await consumer.listen('failing.work', { onDelivery })
      await env.within('a publish resolves', producer.publish(sent, topic('failing.work')))
      await listener.got(2)
      sameFrames(listener.ids, [sent, sent], 'Another frame came back')
      const again = listener.deliveries[1] as Delivery
      sameHeader(again.frame.header, sent.header, ['id', 'type', 'extensions'])
      samePayload(again, sent)

      nacks = 1
      const inbox = await consumer.listen(consumer.inbox, { onDelivery })
      const mail = await producer.send(consumer.inbox, null, level)
      await inbox.got(2)
      sameFrames(inbox.ids, [mail, mail], 'Another frame came back to the inbox')
    },
  },
  {
    id: 'ACK-03',
    title: 'The attempt counts from 1 and grows by one with each redelivery after a try that began.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const attempts: number[] = []
      const listener = await consumer.listen('counted.work', {
        onDelivery(delivery) {
          attempts.push(delivery.attempt)
          if (attempts.length < 4) delivery.nack()
          else delivery.ack()
        },
      })
      await producer.send(topic('counted.work'), null, level)
      await listener.got(4)
      assert.deepEqual(attempts, [1, 2, 3, 4])
    },
  },
  {
    id: 'ACK-04',
    title: 'Settling twice is harmless, and the first call wins.',
    needs: [receives, atLeastOnce, groups],
    async run(env) {
      const twice = (first: OnDelivery & object, second: OnDelivery & object) => (delivery: Delivery) => {
        first(delivery)
        second(delivery)
      }
      const ack = (delivery: Delivery) => delivery.ack()
      const nack = (delivery: Delivery) => delivery.nack()
      const reject = (delivery: Delivery) => delivery.reject(reason)
      const done = [twice(ack, nack), twice(ack, reject), twice(reject, nack), twice(ack, ack)]
      assert.deepEqual(await timesDelivered(env, done), [1, 1, 1, 1], 'An ack or a reject was overruled')

      const [producer, consumer] = await env.peers('another', 'consumer')
      for (const second of [ack, reject, nack]) {
        let first = true
        const listener = await consumer.listen('twice.settled', {
          onDelivery(delivery) {
            if (first) twice(nack, second)(delivery)
            else delivery.ack()
            first = false
          },
        })
        const sent = await producer.send(topic('twice.settled'), null, level)
        await listener.got(2)
        await env.silence(producer, [topic('twice.settled'), listener])
        sameFrames(listener.ids, [sent, sent], 'A nack was overruled')
        await listener.close()
      }
    },
  },
  {
    id: 'ACK-05',
    title: 'What a member held unsettled when it went away is delivered to another member.',
    needs: [receives, atLeastOnce, groups],
    async run(env) {
      const [producer, first, second] = await env.peers('producer', 'member', 'member')
      const held = await first.listen('orphaned.work', { onDelivery: 'hold' })
      const mail = await first.listen(first.inbox, { onDelivery: 'hold' })
      const sent = [...(await producer.sendMany(3, topic('orphaned.work'), level))]
      const letters = await producer.sendMany(3, first.inbox, level)
      await held.got(sent)
      await mail.got(letters)
      const heir = await second.listen('orphaned.work')
      const heirMail = await second.listen(second.inbox)
      await env.kill(first)
      await heir.got(sent)
      await heirMail.got(letters)
    },
  },
  {
    id: 'ACK-06',
    title:
      'A nacked frame with a delay does not come back before it; where delays are not offered, it comes back all the same.',
    needs: [receives, atLeastOnce, delays],
    run: env => comesBack(env, 150),
  },
  {
    id: 'ACK-07',
    title: 'A frame that is nacked again and again keeps no other frame from its handler.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      let poison: string | undefined
      let cured = false
      let nacks = 0
      const listener = await consumer.listen('poisoned.work', {
        // One at a time: whatever is handed out before the others keeps them waiting.
        prefetch: 1,
        onDelivery(delivery) {
          if (cured || delivery.frame.header.id !== poison) return delivery.ack()
          nacks += 1
          delivery.nack()
        },
      })
      const bad = producer.frame(topic('poisoned.work'), 'poison', level)
      poison = bad.header.id
      await env.within('a publish resolves', producer.publish(bad, topic('poisoned.work')))
      await env.eventually('the bad frame is tried again', () => nacks >= 2)
      await listener.got(producer.post(10, topic('poisoned.work'), level))
      cured = true
    },
  },
  {
    id: 'ACK-08',
    title: 'A rejected frame is not delivered again.',
    needs: [receives, atLeastOnce, groups],
    async run(env) {
      const reject = (delivery: Delivery) => delivery.reject(reason)
      assert.deepEqual(await timesDelivered(env, [reject, reject, 'ack']), [1, 1, 1])
    },
  },
  {
    id: 'ACK-09',
    title: 'An at-most-once frame is never delivered again, whatever its settlement.',
    needs: [receives, atMostOnce, groups],
    async run(env) {
      const settle: OnDelivery[] = ['ack', 'hold', given => given.nack(), given => given.reject(reason)]
      settle.push(given => given.nack({ delayMs: 1 }))
      assert.deepEqual(await timesDelivered(env, settle, 'at-most-once'), [1, 1, 1, 1, 1])
    },
  },
  {
    id: 'ACK-10',
    title: 'A rejected frame is kept as a dead letter, once and with its reason, where dead letters are declared.',
    needs: [receives, atLeastOnce, deadLetters],
    async run(env) {
      const { producer, consumer, sent } = await rejected(env, 3)
      await producer.send(topic('given.up'), 'handled', level)
      const letters = await lettersOnce(env, consumer, ids => ids.length >= sent.length)
      const ids = letters.map(({ id }) => id)
      eachOnce(ids, sent, 'The dead letters are not the frames that were rejected')
      for (const { code } of letters) assert.equal(code, reason.code, 'A dead letter has another reason')
    },
  },
  {
    id: 'ACK-11',
    title: 'Dead letters stay within their bound: the oldest make room.',
    needs: [receives, atLeastOnce, deadLetters],
    async run(env) {
      const { mostDeadLetters: most } = env
      if (most === undefined) throw new NotApplicable('the harness does not say how many dead letters are kept', false)
      const { consumer, sent } = await rejected(env, most + 20)
      const [first, last] = [sent[0], sent.at(-1)].map(frame => (frame as Frame).header.id) as [string, string]
      const letters = await lettersOnce(env, consumer, ids => ids.includes(last))
      const ids = letters.map(({ id }) => id)
      assert.ok(ids.includes(last), 'The newest dead letter is not kept')
      assert.ok(ids.length <= most, `There are ${ids.length} dead letters of at most ${most}`)
      assert.ok(!ids.includes(first), 'The oldest dead letter did not make room')
    },
  },
]

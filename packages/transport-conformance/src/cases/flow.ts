import assert from 'node:assert/strict'
import { type Delivery, type Frame, isSmError } from '@sm/core/transport'
import { type ConformanceCase, NotApplicable } from '../conformance-case.ts'
import type { Environment } from '../environment.ts'
import { eachOnce, refusal } from '../expectations.ts'
import { atLeastOnce, fanOut, receives } from '../needs.ts'
import { type TestPeer, topic } from '../test-peer.ts'

const address = topic('flowing.work')

/** A publish that waits for room, and the frames that found some before it. */
interface Full {
  readonly taken: readonly Frame[]
  readonly waiting: Promise<unknown>
}

/** Publishes until one has to wait, or as often as the harness allows. */
async function fill(env: Environment, producer: TestPeer, signal: AbortSignal): Promise<Full | Frame[]> {
  const taken: Frame[] = []
  while (taken.length < env.limits.fillFrames) {
    const frame = producer.frame(address, taken.length)
    let settled = false
    const publish = producer.publish(frame, address, { signal }).finally(() => {
      settled = true
    })
    // A slow wire takes its time too: only what still waits after many a grace waits for room.
    for (let i = 0; i < 10 && !settled; i++) await env.quiet(() => settled)
    if (!settled) return { taken, waiting: publish }
    await publish
    taken.push(frame)
  }
  return taken
}

const subscriptions = 1_000

/** How many at a time: opening them is not what is tested. */
const batch = 100

/** A slow consumer slows the sender, and nobody else. */
export const flow: readonly ConformanceCase[] = [
  {
    id: 'FLOW-01',
    title: 'A consumer never holds more unsettled deliveries than its prefetch.',
    needs: [receives],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      for (const delivery of env.levels) {
        const listener = await consumer.listen('flowing.work', { prefetch: 3, onDelivery: 'hold' })
        const inbox = await consumer.listen(consumer.inbox, { prefetch: 1, onDelivery: 'hold' })
        producer.post(8, address, { delivery })
        producer.post(3, consumer.inbox, { delivery })
        await listener.got(3)
        await inbox.got(1)
        await env.quiet()
        assert.equal(listener.deliveries.length, 3, `A prefetch of 3 was handed more deliveries ${delivery}`)
        assert.equal(inbox.deliveries.length, 1, `A prefetch of 1 was handed more deliveries ${delivery}`)
        for (const each of [listener, inbox]) {
          each.onDelivery = 'ack'
          for (const held of [...each.deliveries]) held.ack()
        }
        if (delivery === 'at-least-once') {
          await listener.got(8)
          await inbox.got(3)
        }
        await Promise.all([listener.close(), inbox.close()])
      }
      // Both levels share what there is.
      const mixed = await consumer.listen('flowing.work', { prefetch: 3, onDelivery: 'hold' })
      for (const delivery of [...env.levels, ...env.levels]) producer.post(3, address, { delivery })
      await mixed.got(3)
      await env.quiet()
      assert.equal(mixed.deliveries.length, 3, 'A prefetch of 3 was handed more deliveries of both levels')
      const closing = mixed.closing({ drain: true })
      await env.quiet()
      assert.equal(mixed.deliveries.length, 3, 'A prefetch of 3 was handed more deliveries while it drains')
      mixed.onDelivery = 'ack'
      for (const held of [...mixed.deliveries]) held.ack()
      await env.within('the drain ends', closing)
    },
  },
  {
    id: 'FLOW-02',
    title: 'A slow consumer loses nothing that was published at least once, and what is in flight stays bounded.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const held = { now: 0, most: 0 }
      const listener = await consumer.listen('flowing.work', {
        prefetch: 4,
        onDelivery(delivery) {
          held.now += 1
          held.most = Math.max(held.most, held.now)
          setTimeout(() => {
            held.now -= 1
            delivery.ack()
          }, 1)
        },
      })
      const frames = Array.from({ length: 200 }, (_, i) => producer.frame(address, i, { delivery: 'at-least-once' }))
      const published = Promise.all(frames.map(frame => producer.publish(frame, address)))
      await listener.got(frames)
      await env.within('each publish resolves', published)
      assert.ok(held.most <= 4, `A prefetch of 4 held ${held.most} deliveries`)
    },
  },
  {
    id: 'FLOW-03',
    title: 'A publish that waits for room ends with the reason of its signal when that aborts.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const listener = await consumer.listen('flowing.work', { prefetch: 1, onDelivery: 'hold' })
      const giveUp = new AbortController()
      const full = await fill(env, producer, giveUp.signal)
      const release = () => {
        listener.onDelivery = 'ack'
        for (const delivery of [...listener.deliveries]) delivery.ack()
      }
      if (Array.isArray(full)) {
        release()
        await listener.got(full)
        throw new NotApplicable(`${full.length} publishes found room while nothing was settled`, true)
      }
      const reason = new Error('waited long enough')
      giveUp.abort(reason)
      const ended = env.within('a publish whose signal has aborted ends', full.waiting)
      const error = await refusal('A publish that waits for room', () => ended)
      assert.equal(error, reason, 'It ended with something else than the reason of its signal')
      // Giving up has cost nobody else anything.
      release()
      await listener.got(full.taken)
      await listener.got([...full.taken, await producer.send(address)])
    },
  },
  {
    id: 'FLOW-04',
    title: 'A consumer that settles nothing holds up only its own frames.',
    needs: [receives, fanOut],
    async run(env) {
      const [producer, consumer, other] = await env.peers('producer', 'consumer', 'other')
      // Beside it on the same wire: another group of its own peer, its inbox, and another peer.
      await consumer.listen('flowing.work', { prefetch: 1, onDelivery: 'hold' })
      const beside = await consumer.listen('flowing.work', { group: 'beside' })
      const inbox = await consumer.listen(consumer.inbox)
      const elsewhere = await other.listen('flowing.work')
      const frames = producer.post(20, address)
      const letters = producer.post(20, consumer.inbox)
      await beside.got(frames)
      await elsewhere.got(frames)
      await inbox.got(letters)
    },
  },
  {
    id: 'FLOW-05',
    title: 'Settling makes room: the next frame arrives without another publish.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const listener = await consumer.listen('flowing.work', { prefetch: 1, onDelivery: 'hold' })
      const sent = producer.post(4, address, { delivery: 'at-least-once' })
      const settle = [
        (delivery: Delivery) => delivery.ack(),
        (delivery: Delivery) => delivery.reject({ code: 'SM_CONFORMANCE', message: 'Given up by the suite' }),
        (delivery: Delivery) => delivery.nack({ delayMs: 10_000 }),
      ]
      for (const [i, how] of settle.entries()) {
        await listener.got(i + 1)
        how(listener.deliveries[i] as Delivery)
      }
      await listener.got(4)
      // Where delays are not offered the third is back already, and where no order is, another may be the last.
      if (env.capabilities.delay) eachOnce(listener.ids, sent, 'Room was made for something else than the next frame')
    },
  },
  {
    id: 'FLOW-06',
    title: 'A thousand subscriptions opened and closed leave nothing behind.',
    needs: [receives],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const gauges = async (peer: TestPeer) => (await peer.transport.health()).details
      const before = [await gauges(producer), await gauges(consumer)]
      for (let done = 0; done < subscriptions; done += batch) {
        const opening = Array.from({ length: batch }, (_, i) => consumer.listen(`churn.n${done + i}`))
        const listeners = await Promise.all(opening)
        await Promise.all(listeners.map(listener => listener.close({ drain: done % 200 === 0 })))
      }
      const numbers = Array.from({ length: subscriptions }, (_, i) => i)
      const left = () =>
        numbers.filter(i => producer.transport.routes(topic(`churn.n${i}`)).some(({ via }) => via !== 'broker')).length
      await env.eventually(
        () => `no closed subscription is named any more (${left()} are)`,
        () => left() === 0,
      )
      for (const [i, peer] of [producer, consumer].entries()) {
        for (const [name, value] of Object.entries(await gauges(peer))) {
          const grown = typeof value === 'number' ? value - Number(before[i]?.[name] ?? 0) : 0
          assert.ok(grown < subscriptions / 2, `health().details.${name} grew by ${grown}`)
        }
      }
      // And it works as before.
      const listener = await consumer.listen('churn.n0')
      await listener.got([await producer.send(topic('churn.n0'))])
    },
  },
  {
    id: 'FLOW-07',
    title: 'A publish at least once that finds a full queue waits, and resolves once there is room.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const listener = await consumer.listen('flowing.work', { prefetch: 1, onDelivery: 'hold' })
      const full = await fill(env, producer, new AbortController().signal)
      if (Array.isArray(full)) assert.fail(`${full.length} publishes found room while nothing was settled`)
      listener.onDelivery = 'ack'
      for (const delivery of [...listener.deliveries]) delivery.ack()
      await env.within('a publish that waits for room resolves', full.waiting)
      await listener.got(full.taken.length + 1)
      await env.silence(producer, [address, listener])
      assert.equal(listener.deliveries.length, full.taken.length + 1, 'A frame arrived twice')
    },
  },
  {
    id: 'FLOW-08',
    title:
      'A publish that is recalled before it has left ends as failed and is never delivered; one that may have left is said so, and goes on unless it is chosen.',
    needs: [receives, atLeastOnce],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const { transport } = producer
      if (!transport.recall) throw new NotApplicable('its publishes end by their signals alone', false)
      const listener = await consumer.listen('flowing.work', { prefetch: 1, onDelivery: 'hold' })
      const full = await fill(env, producer, new AbortController().signal)
      if (Array.isArray(full)) assert.fail(`${full.length} publishes found room while nothing was settled`)
      // It is awaited below, unless the case has failed by then.
      full.waiting.catch(() => undefined)
      // The one before it may have been refused by one queue and have found room in another.
      const frame = producer.frame(address)
      const { id } = frame.header
      const end = refusal('A publish that was recalled', () => producer.publish(frame, address))
      end.catch(() => undefined)
      await env.quiet()

      let hasLeft = true
      // A wire that tries again and again may have it at this very moment; one whose server has it wait never says that it has not left.
      const seen = () => !hasLeft
      for (let i = 0; i < 20 && hasLeft; i++) {
        transport.recall(({ header }, mayHaveLeft) => {
          if (header.id === id) hasLeft = mayHaveLeft
          return header.id === id && !mayHaveLeft
        })
        await env.quiet(seen)
      }
      if (hasLeft) transport.recall(({ header }) => header.id === id)
      const error = await env.within('a publish that was recalled ends', end)
      assert.ok(isSmError(error))
      assert.deepEqual([error.code, error.details.outcome], ['SM_PUBLISH_RECALLED', hasLeft ? 'unknown' : 'failed'])

      listener.onDelivery = 'ack'
      for (const delivery of [...listener.deliveries]) delivery.ack()
      await env.within('a publish that was not chosen goes on', full.waiting)
      await listener.got(full.taken.length + 1)
      await env.silence(producer, [address, listener])
      const delivered = listener.ids.filter(each => each !== id)
      assert.ok(hasLeft || delivered.length === listener.ids.length, 'A frame that was recalled was delivered')
      assert.equal(delivered.length, full.taken.length + 1, 'A frame arrived twice')
    },
  },
]

import assert from 'node:assert/strict'
import { type Address, type Frame, isSmError, publishOutcome } from '@sm/core/transport'
import type { ConformanceCase, Need } from '../conformance-case.ts'
import { eachOnce } from '../expectations.ts'
import { atLeastOnce, receives, wire } from '../needs.ts'
import { type TestPeer, topic } from '../test-peer.ts'

const address = topic('through.storms')

/** The outcome of each publish: what may be lost, and what must have arrived. */
class History {
  readonly ok: Frame[] = []
  readonly failed: Frame[] = []
  readonly unknown: Frame[] = []
  readonly #ends: Promise<void>[] = []
  readonly #uncoded: unknown[] = []

  /** Publishes a frame and notes how that ends. */
  publish(peer: TestPeer, to: Address = address, signal?: AbortSignal): Promise<void> {
    const frame = peer.frame(to)
    const end = peer.publish(frame, to, signal && { signal }).then(
      // Nobody was there to get it: nothing was promised.
      ({ evidence }) => void (evidence === 'none' ? this.failed : this.ok).push(frame),
      error => {
        if (!isSmError(error) && error !== signal?.reason) this.#uncoded.push(error)
        this[publishOutcome(error)].push(frame)
      },
    )
    this.#ends.push(end)
    return end
  }

  /** Publishes many, and leaves them under way: some hardly begun, some almost done. */
  async begin(peer: TestPeer): Promise<void> {
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 8; j++) void this.publish(peer)
      await new Promise(resolve => setImmediate(resolve))
    }
    for (let j = 0; j < 8; j++) void this.publish(peer)
  }

  async ended(): Promise<void> {
    await Promise.all(this.#ends)
    assert.deepEqual(this.#uncoded, [], 'A publish failed without a code')
  }
}

const freezes: Need = {
  unmet: ({ faults }) => (faults?.freeze && faults.thaw ? undefined : 'the harness cannot make a wire half-open'),
}

/** The wire can lose a piece; where it ends instead, nothing is missing while it lasts. */
const loses: Need = {
  unmet: ({ faults }) => (faults?.lose ? undefined : 'its connections end rather than lose a piece'),
  async otherwise(env) {
    const [producer, consumer] = await env.peers('producer', 'consumer')
    const listener = await consumer.listen('through.storms')
    const sent = await producer.sendMany(60, address, { delivery: 'at-least-once' })
    await listener.got(sent)
    await env.quiet()
    eachOnce(listener.ids, sent, 'A frame is missing, or came twice')
  },
}

/** The wire breaks and comes back. */
export const faults: readonly ConformanceCase[] = [
  {
    id: 'FLT-01',
    title: 'When the wire is cut under load and comes back, nothing that was acknowledged is lost.',
    needs: [receives, atLeastOnce, wire],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      // Through an outage of the broker itself only what is durable can be kept.
      const { durable } = env.capabilities
      const listener = await consumer.listen('through.storms', { durable, prefetch: 4 })
      const history = new History()
      for (let i = 0; i < 20; i++) await env.within('a publish ends', history.publish(producer))
      assert.equal(history.ok.length, 20, 'Not every publish succeeded before the cut')
      await history.begin(producer)
      const mend = await env.cut()
      await env.quiet()
      await history.begin(producer)
      await mend()
      await env.within('each publish ends', history.ended())
      const before = history.ok.length
      await env.eventually('publishing works again', () => {
        if (history.ok.length < before + 20) void history.publish(producer)
        return history.ok.length >= before + 20
      })
      await env.within('each publish ends', history.ended())
      const arrived = () => new Set(listener.ids)
      const lost = () => history.ok.filter(({ header }) => !arrived().has(header.id)).length
      await env.eventually(
        () => `what was acknowledged arrives (${lost()} frames did not)`,
        () => lost() === 0,
      )
      await env.quiet()
      const ghosts = history.failed.filter(({ header }) => arrived().has(header.id))
      assert.equal(ghosts.length, 0, `${ghosts.length} frames arrived whose publish had failed`)
    },
  },
  {
    id: 'FLT-02',
    title: 'Subscriptions come back by themselves after a cut.',
    needs: [receives, wire],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const listeners = [
        [topic('through.storms'), await consumer.listen('through.storms')],
        [consumer.inbox, await consumer.listen(consumer.inbox)],
        [consumer.instanceInbox, await consumer.listen(consumer.instanceInbox)],
      ] as const
      for (let storm = 1; storm <= 2; storm++) {
        const mend = await env.cut()
        await env.quiet()
        await mend()
        for (const [to, listener] of listeners) {
          const before = listener.deliveries.length
          const history = new History()
          let underWay = false
          await env.eventually(`a frame arrives after cut ${storm}`, () => {
            if (!underWay) {
              underWay = true
              void history.publish(producer, to).then(() => {
                underWay = false
              })
            }
            return listener.deliveries.length > before
          })
        }
      }
    },
  },
  {
    id: 'FLT-03',
    title: 'A connection that looks open but is dead is noticed.',
    needs: [receives, wire, freezes],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      await consumer.listen(consumer.inbox)
      await env.eventually('the inbox is named', () => producer.transport.routes(consumer.inbox).length > 0)
      let left = false
      producer.transport.on('peer', ({ change, peer }) => {
        if (change === 'left' && peer.instance === consumer.instance) left = true
      })
      const mend = await env.freeze()
      const noticed = () =>
        left || producer.transport.state === 'degraded' || producer.transport.routes(consumer.inbox).length === 0
      await env.eventually('the dead connection is noticed', noticed)
      await mend()
      const ready = () => [producer, consumer].every(({ transport }) => transport.state === 'ready')
      await env.eventually('it is ready again', ready)
    },
  },
  {
    id: 'FLT-04',
    title: 'A publish that a cut interrupts ends as done, failed or unknown; it does not hang.',
    needs: [receives, wire],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const listener = await consumer.listen('through.storms')
      const history = new History()
      await history.begin(producer)
      const mend = await env.cut()
      // A publish that waits for the wire can be given up while there is none.
      const giveUp = new AbortController()
      const givenUp = history.publish(producer, address, giveUp.signal)
      await env.quiet()
      giveUp.abort(new Error('waited long enough'))
      await env.within('a publish whose signal has aborted ends', givenUp)
      await history.begin(producer)
      await mend()
      await env.within('each publish ends', history.ended())
      await env.quiet()
      const ghosts = history.failed.filter(({ header }) => listener.ids.includes(header.id))
      assert.equal(ghosts.length, 0, `${ghosts.length} frames arrived whose publish had failed`)
    },
  },
  {
    id: 'FLT-05',
    title: 'The state is degraded while the wire is gone, and ready again after.',
    needs: [wire],
    async run(env) {
      const peers = await env.peers('producer', 'consumer')
      const all = (state: string) => () => peers.every(({ transport }) => transport.state === state)
      const mend = await env.cut()
      await env.eventually('it is degraded', all('degraded'))
      await env.quiet()
      assert.ok(all('degraded')(), 'It did not stay degraded while the wire was gone')
      await mend()
      await env.eventually('it is ready again', all('ready'))
      for (const { states } of peers) {
        const told = states.map(({ state }) => state)
        assert.deepEqual(told.slice(0, 3), ['starting', 'ready', 'degraded'], 'A state event is missing')
        assert.equal(told.at(-1), 'ready', 'A state event is missing')
      }
    },
  },
  {
    id: 'FLT-06',
    title:
      'What a wire loses in the middle of a connection is noticed: nothing that was published at least once is missing.',
    needs: [receives, atLeastOnce, wire, loses],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const listener = await consumer.listen('through.storms', { durable: env.capabilities.durable })
      const history = new History()
      for (let i = 0; i < 60; i++) {
        if (i % 20 === 10) await env.lose()
        void history.publish(producer)
        await env.quiet(() => listener.deliveries.length > i)
      }
      await env.within('each publish ends', history.ended())
      await env.eventually('what was acknowledged arrives', () => {
        const arrived = new Set(listener.ids)
        return history.ok.every(({ header }) => arrived.has(header.id))
      })
    },
  },
  {
    id: 'FLT-07',
    title: 'A publish that is repeated after a cut is appended once: no frame is delivered twice as new.',
    needs: [receives, atLeastOnce, wire],
    async run(env) {
      const [producer, consumer] = await env.peers('producer', 'consumer')
      const listener = await consumer.listen('through.storms', { durable: env.capabilities.durable })
      const history = new History()
      for (let storm = 0; storm < 3; storm++) {
        const before = history.ok.length
        await history.begin(producer)
        const mend = await env.cut()
        await env.quiet()
        await mend()
        await env.within('each publish ends', history.ended())
        await env.eventually('publishing works again', () => {
          if (history.ok.length <= before) void history.publish(producer)
          return history.ok.length > before
        })
      }
      // Whether all arrives is another rule: it is only given the time.
      const arrived = () => listener.deliveries.length >= history.ok.length
      for (let looks = 0; looks < 20 && !arrived(); looks++) await env.quiet(arrived)
      await env.quiet()
      const asNew = listener.deliveries.filter(({ attempt }) => attempt === 1).map(({ frame }) => frame.header.id)
      const twice = asNew.length - new Set(asNew).size
      assert.equal(twice, 0, `${twice} frames were delivered twice as new`)
    },
  },
]

import assert from 'node:assert/strict'
import type { TransportHealth } from '@sm/core/transport'
import type { ConformanceCase } from '../conformance-case.ts'
import type { Environment } from '../environment.ts'
import { refusal, refused } from '../expectations.ts'
import { type TestPeer, topic } from '../test-peer.ts'

const states = (peer: TestPeer) => peer.states.map(({ state }) => state)

/** Throws unless the peer can neither publish nor subscribe in the state that it is in. */
async function refusesWork(peer: TestPeer): Promise<void> {
  const address = topic('too.soon')
  const { state } = peer.transport
  for (const to of [address, peer.inbox]) {
    await refused('SM_TRANSPORT_STATE', `publish() while ${state}`, () => peer.publish(peer.frame(to), to))
  }
  await refused('SM_TRANSPORT_STATE', `subscribe() while ${state}`, () => peer.listen('too.soon'))
}

async function healthOf(env: Environment, { transport }: TestPeer): Promise<TransportHealth> {
  const health = await env.within('health() answers', transport.health())
  for (const [name, value] of Object.entries(health.details)) {
    assert.ok(['number', 'string', 'boolean'].includes(typeof value), `health().details.${name} is no plain fact`)
  }
  return health
}

/** Starts, stops and the states between. */
export const lifecycle: readonly ConformanceCase[] = [
  {
    id: 'LIFE-01',
    title: 'A transport is idle until it is started, and ready when start() has resolved.',
    async run(env) {
      const peer = await env.idle('starter')
      assert.equal(peer.transport.state, 'idle')
      await peer.start()
      assert.equal(peer.transport.state, 'ready')
    },
  },
  {
    id: 'LIFE-02',
    title: 'start() is idempotent, and concurrent calls share one start.',
    async run(env) {
      const peer = await env.idle('starter')
      await Promise.all([peer.start(), peer.start()])
      await peer.start()
      assert.equal(peer.transport.state, 'ready')
      assert.ok(states(peer).filter(state => state === 'ready').length <= 1, 'It started more than once')
    },
  },
  {
    id: 'LIFE-03',
    title: 'stop() is idempotent, concurrent calls share one stop, and the transport is stopped when it has resolved.',
    async run(env) {
      const peer = await env.peer('stopper')
      const both = [peer.transport.stop(), peer.transport.stop()].map(async stop => {
        await stop
        return peer.transport.state
      })
      const after = await env.within('stop() resolves', Promise.all(both))
      assert.deepEqual(after, ['stopped', 'stopped'], 'stop() resolved before it was stopped')
      await peer.stop({ drain: true })
      assert.ok(states(peer).filter(state => state === 'stopped').length <= 1, 'It stopped more than once')
    },
  },
  {
    id: 'LIFE-04',
    title: 'stop() before start() resolves, and the transport cannot be started afterwards.',
    async run(env) {
      const peer = await env.idle('stopper')
      await peer.stop()
      assert.equal(peer.transport.state, 'stopped')
      await refused('SM_TRANSPORT_STATE', 'start() after stop()', () => peer.start())
      assert.equal(peer.transport.state, 'stopped')
    },
  },
  {
    id: 'LIFE-05',
    title: 'publish() and subscribe() before start() are refused with SM_TRANSPORT_STATE.',
    async run(env) {
      await refusesWork(await env.idle('early'))
    },
  },
  {
    id: 'LIFE-06',
    title: 'publish() and subscribe() after stop() are refused with SM_TRANSPORT_STATE.',
    async run(env) {
      const peer = await env.peer('late')
      await peer.stop()
      await refusesWork(peer)
    },
  },
  {
    id: 'LIFE-07',
    title: 'start() with an aborted signal rejects with its reason and leaves nothing open.',
    async run(env) {
      const witness = await env.peer('witness')
      const seen = { joined: 0, left: 0 }
      witness.transport.on('peer', ({ change }) => {
        seen[change] += 1
      })
      const peer = await env.idle('aborted')
      const reason = new Error('changed my mind')
      const error = await refusal('start() with an aborted signal', () =>
        peer.start({ signal: AbortSignal.abort(reason) }),
      )
      assert.equal(error, reason, 'start() rejected with something else than the reason of its signal')
      assert.ok(
        ['idle', 'stopped'].includes(peer.transport.state),
        `It is ${peer.transport.state} after an aborted start`,
      )
      await env.quiet()
      assert.equal(seen.joined, seen.left, 'Who was never started can be seen by others')
      await peer.stop()
      assert.equal(peer.transport.state, 'stopped')
    },
  },
  {
    id: 'LIFE-08',
    title: 'Every change of state is told by one state event, in order.',
    async run(env) {
      const peer = await env.idle('teller')
      const atEvent: string[] = []
      peer.transport.on('state', () => atEvent.push(peer.transport.state))
      await peer.start()
      await peer.stop()
      assert.deepEqual(states(peer), ['starting', 'ready', 'stopping', 'stopped'])
      const previous = peer.states.map(event => event.previous)
      assert.deepEqual(
        previous,
        ['idle', 'starting', 'ready', 'stopping'],
        'An event does not follow on the one before',
      )
      assert.deepEqual(atEvent, states(peer), 'An event told of a state that the transport was not in')
    },
  },
  {
    id: 'LIFE-09',
    title: 'health() answers in every state and never throws.',
    async run(env) {
      const peer = await env.idle('patient')
      assert.equal((await healthOf(env, peer)).state, 'idle')
      const starting = peer.start()
      await healthOf(env, peer)
      await starting
      assert.equal((await healthOf(env, peer)).state, 'ready')
      const stopping = peer.stop()
      await healthOf(env, peer)
      await stopping
      assert.equal((await healthOf(env, peer)).state, 'stopped')
    },
  },
]

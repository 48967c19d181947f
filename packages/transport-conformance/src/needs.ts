import assert from 'node:assert/strict'
import type { DeliveryLevel } from '@sm/core/transport'
import type { Need } from './conformance-case.ts'
import type { Environment } from './environment.ts'
import { eachOnce, refused } from './expectations.ts'
import { type ListenOptions, type TestPeer, topic } from './test-peer.ts'

/** Throws unless a subscription is refused for what the transport lacks. */
export async function refusesToSubscribe(env: Environment, pattern: string, options?: ListenOptions): Promise<void> {
  const peer = await env.peer('consumer')
  await refused('SM_CAPABILITY_MISSING', `A subscription to ${pattern}`, () => peer.listen(pattern, options))
}

/** Throws unless a publish at this level is refused for what the transport lacks. */
export async function refusesLevel(env: Environment, delivery: DeliveryLevel): Promise<void> {
  const peer = await env.peer('producer')
  const address = topic('level.refused')
  await refused('SM_CAPABILITY_MISSING', `A publish ${delivery}`, () =>
    peer.publish(peer.frame(address, null, { delivery }), address),
  )
}

function level(delivery: DeliveryLevel): Need {
  return {
    unmet: ({ capabilities }) =>
      capabilities.delivery[delivery] === undefined ? `it does not deliver ${delivery}` : undefined,
    otherwise: env => refusesLevel(env, delivery),
  }
}

/** It keeps what is rejected. */
export const deadLetters: Need = {
  unmet: ({ capabilities }) => (capabilities.deadLetters ? undefined : 'it keeps no dead letters'),
  async otherwise(env) {
    const [producer, consumer] = await env.peers('producer', 'consumer')
    const reason = { code: 'SM_CONFORMANCE', message: 'Given up by the suite' }
    const listener = await consumer.listen('given.up', { onDelivery: delivery => delivery.reject(reason) })
    await listener.got([await producer.send(topic('given.up'))])
    await env.silence(producer, [topic('given.up'), listener])
    assert.deepEqual((await env.deadLetters(consumer)) ?? [], [], 'It keeps a dead letter, and says that it keeps none')
  },
}

/** Frames can come out of it. */
export const receives: Need = {
  unmet: ({ capabilities }) => (capabilities.publishOnly ? 'it only publishes' : undefined),
  otherwise: env => refusesToSubscribe(env, 'nothing.comes'),
}

/** It has receivers. What only publishes takes a copy instead, whomever the frame is for. */
export const addressees: Need = {
  unmet: subject => receives.unmet(subject),
  async otherwise(env) {
    const producer = await env.peer('producer')
    const inbox = { kind: 'inbox', agent: 'nobody' } as const
    for (const delivery of env.levels) {
      const frame = producer.frame(inbox, null, { delivery })
      const { evidence } = await env.within('a publish resolves', producer.publish(frame, inbox))
      assert.equal(evidence, env.capabilities.delivery[delivery], 'A copy of a frame to an inbox was not taken')
    }
  },
}

/** It delivers at least once. */
export const atLeastOnce = level('at-least-once')

/** It delivers at most once. */
export const atMostOnce = level('at-most-once')

/** Its patterns may hold wildcards. */
export const wildcards: Need = {
  unmet: ({ capabilities }) => (capabilities.wildcards ? undefined : 'it takes no wildcards'),
  otherwise: env => refusesToSubscribe(env, 'wild.*'),
}

/** A topic reaches every group. */
export const fanOut: Need = {
  unmet: ({ capabilities }) => (capabilities.fanOut ? undefined : 'a topic does not reach every group'),
  // One of them gets the frame, and only one: fewer would be a loss, more a fan-out.
  async otherwise(env) {
    const [producer, a, b] = await env.peers('producer', 'a', 'b')
    const listeners = [await a.listen('fan.out'), await b.listen('fan.out')]
    const sent = await producer.send(topic('fan.out'))
    await env.eventually('the frame arrives somewhere', () => listeners.some(({ ids }) => ids.length > 0))
    await env.silence(producer, [topic('fan.out'), ...listeners])
    eachOnce(
      listeners.flatMap(({ ids }) => ids),
      [sent],
      'The frame arrived more than once',
    )
  },
}

/** Members of a group share. */
export const groups: Need = {
  unmet: ({ capabilities }) => (capabilities.groups ? undefined : 'members of a group do not share'),
  // Then each member is a consumer of its own.
  async otherwise(env) {
    const [producer, a, b] = await env.peers('producer', 'member', 'member')
    const listeners = [await a.listen('not.shared'), await b.listen('not.shared')]
    const sent = await producer.sendMany(3, topic('not.shared'))
    for (const listener of listeners) await listener.got(sent)
    await env.quiet()
    for (const { ids } of listeners) eachOnce(ids, sent, 'A member did not get each frame once')
  },
}

/** There is a wire, and the harness can break it. */
export const wire: Need = {
  unmet: ({ capabilities, faults }) =>
    faults
      ? undefined
      : capabilities.reach === 'process'
        ? 'nothing leaves the process: there is no wire to cut'
        : 'the harness cannot break the wire',
  async otherwise(env) {
    assert.equal(env.capabilities.reach, 'process', 'A transport with a wire needs a harness that breaks it')
    const [producer, consumer] = await env.peers('producer', 'consumer')
    const listener = env.capabilities.publishOnly ? undefined : await consumer.listen('no.wire')
    const sent = await producer.sendMany(50, topic('no.wire'))
    await listener?.got(sent)
    await env.quiet()
    const states = (peer: TestPeer) => peer.states.map(({ state }) => state)
    for (const peer of [producer, consumer]) assert.deepEqual(states(peer), ['starting', 'ready'])
  },
}

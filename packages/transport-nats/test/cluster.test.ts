import { createAgent, defineMessage, unchecked } from '@sm/core'
import type { Transport, TransportHealth } from '@sm/core/transport'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { describeIfAllowed } from '../../../tooling/brokers/describe-with-broker.ts'
import { freePort } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, type Listening, listen, numbers, once, topic } from '../../../tooling/test/transport-world.ts'
import { losesShared } from '../src/streams/replicas.ts'
import { NatsCluster } from './nats-cluster.ts'
import { World } from './world.ts'

// Servers take seconds to agree on a leader.
vi.setConfig({ testTimeout: 90_000 })

const patienceMs = 60_000
const address = topic('work.done')
const levels = ['at-least-once', 'at-most-once'] as const
const Doubled = defineMessage('number.doubled', { schema: unchecked<number>(), reply: unchecked<number>() })

const serverOf = (transport: Transport) => (transport.health() as TransportHealth).details?.server

describeIfAllowed('nats', 'a cluster of three servers', () => {
  let cluster: NatsCluster

  beforeAll(async () => {
    cluster = await NatsCluster.start(3)
  }, 300_000)
  afterAll(() => cluster?.[Symbol.asyncDispose]())

  /** Whether the servers may lose what several groups want. */
  const isOld = () => losesShared(cluster.version, 3)

  /** The list of servers, beginning with this one. */
  const from = (first: number) => cluster.urls.map((_, i, all) => all[(first + i) % all.length] as string)

  async function exchange(producer: Transport, listening: Listening, what: string): Promise<void> {
    await producer.publish(frameFor(address, `${what} kept`), address)
    let sent = 0
    // A message that is sent once may be lost while servers find each other.
    await eventually(
      `${what} arrives`,
      async () => {
        const frame = frameFor(address, `${what} once ${sent++}`, once)
        await Promise.resolve(producer.publish(frame, address)).catch(() => undefined)
        const got = listening.payloads.map(String)
        return got.includes(`${what} kept`) && got.some(payload => payload.startsWith(`${what} once`))
      },
      patienceMs,
    )
  }

  it('carries topics, inboxes, groups and requests between agents at different servers', async () => {
    await using world = new World({ replicas: isOld() ? 1 : 3 })
    const [one, two, three] = await Promise.all([0, 1, 2].map(i => world.start({ url: from(i) })))
    const [producer, ...workers] = [one, two, three] as [Transport, Transport, Transport]
    expect(new Set([one, two, three].map(transport => transport && serverOf(transport))).size).toBe(3)
    const shared = await Promise.all(workers.map(worker => listen(worker, 'work.#')))
    const audit = await listen(workers[0], '*.done', { group: 'audit' })
    const count = 100
    const work = (...all: Listening[]) => all.flatMap(({ payloads }) => payloads).filter(payload => payload !== 'probe')
    for (const [i, level] of levels.entries()) {
      // Servers tell each other of new groups with a little delay.
      await eventually('all are known', async () => {
        const probe = topic('probe.done')
        const before = audit.payloads.length
        await producer.publish(frameFor(probe, 'probe', { delivery: level }), probe)
        return audit.payloads.length > before
      })
      for (let n = 0; n < count; n++)
        await producer.publish(frameFor(address, `${level} ${n}`, { delivery: level }), address)
      const sofar = (i + 1) * count
      await eventually(`all of ${level}`, () => [work(audit), work(...shared)].every(got => got.length >= sofar))
    }
    const sent = levels.flatMap(level => Array.from({ length: count }, (_, i) => `${level} ${i}`))
    expect(work(audit)).toEqual(sent)
    expect(work(...shared).sort()).toEqual([...sent].sort())
    for (const each of shared) expect(work(each).length).toBeGreaterThan(0)

    const { namespace } = world
    const transports = (i: number) => ({ nats: { url: from(i) } })
    await using billing = await createAgent('billing', { namespace, transports: transports(0) })
    await billing.subscribe(Doubled, number => number * 2).ready
    await using shop = await createAgent('shop', { namespace, transports: transports(1) })
    const answer = async () => shop.request(Doubled, 21, { to: 'billing' }).catch(() => undefined)
    await eventually('it answers', async () => (await answer()) === 42)
  })

  it('keeps on all servers what several groups want, or refuses it where they may lose it', async () => {
    await using world = new World({ replicas: 3 })
    const [producer, consumer] = [await world.start({ url: from(0) }), await world.start({ url: from(1) })]
    const [shared, audit] = [await listen(consumer, 'work.#'), await listen(consumer, '*.done', { group: 'audit' })]
    await eventually('both are known', () => (producer.health() as TransportHealth).details?.groups === 2)
    const publish = () => Promise.resolve(producer.publish(frameFor(address, 'kept'), address))
    const warnings = world.log.filter(line => line.includes('SM_NATS_REPLICAS'))
    if (!isOld()) {
      expect(await publish()).toEqual({ evidence: 'persisted', copies: 2 })
      expect(warnings).toEqual([])
      return
    }
    await expect(publish()).rejects.toMatchObject({ code: 'SM_NATS_REPLICAS', details: { outcome: 'failed' } })
    expect(warnings).toHaveLength(2)
    await audit.subscription.close()
    await eventually('one is left', () => (producer.health() as TransportHealth).details?.groups === 1)
    expect(await publish()).toEqual({ evidence: 'persisted', copies: 1 })
    await eventually('it arrives', () => shared.payloads.length === 1)
  })

  it('knows of more groups than fit a page of the list', async () => {
    await using world = new World({ url: cluster.urls })
    const consumer = await world.start()
    await Promise.all(numbers(300).map(i => listen(consumer, 'work.#', { group: `group-${i}` })))
    const producer = await world.start()
    expect((producer.health() as TransportHealth).details?.groups).toBe(300)
    expect(await producer.publish(frameFor(address, 'kept'), address)).toEqual({ evidence: 'persisted', copies: 300 })
  })

  it('is waited for while it has nobody who leads', async () => {
    await using world = new World({ replicas: 3 })
    const [first, ...rest] = cluster.servers
    await Promise.all(rest.map(server => server.kill()))
    const transport = world.make({ url: String(first?.url) })
    const started = Promise.resolve(transport.start())
    await new Promise(resolve => setTimeout(resolve, 1_000))
    expect(transport.state).toBe('starting')
    await Promise.all(rest.map(server => server.restart()))
    await started
    expect(transport.capabilities.delivery).toHaveProperty('at-least-once')
    await cluster.settled()
  })

  it('lets agents whose server is killed go on at the next, and loses nothing that was taken', async () => {
    await using world = new World({ replicas: 3 })
    const [producer, consumer] = [await world.start({ url: from(0) }), await world.start({ url: from(0) })]
    const listening = await listen(consumer, 'work.#', { durable: true })
    await exchange(producer, listening, 'before')
    const taken: string[] = []
    let isOver = false
    const flow = (async () => {
      for (let i = 0; !isOver; i++) {
        const receipt = await producer.publish(frameFor(address, `flow ${i}`), address)
        expect(receipt).toEqual({ evidence: 'persisted', copies: 1 })
        taken.push(`flow ${i}`)
      }
    })()
    await eventually('it flows', () => taken.length > 50)
    const server = cluster.at(serverOf(producer))
    await server.kill()
    await eventually(
      'both are at another',
      () => [producer, consumer].every(each => each.state === 'ready' && serverOf(each) !== `127.0.0.1:${server.port}`),
      patienceMs,
    )
    const count = taken.length
    await eventually('it flows again', () => taken.length > count + 50, patienceMs)
    isOver = true
    await flow
    await exchange(producer, listening, 'after')
    await eventually('all that was taken has come', () => {
      const got = new Set(listening.payloads)
      return taken.every(payload => got.has(payload))
    })
    await server.restart()
    await cluster.settled()
  })

  it('goes on when the server is killed that led the queue of a group, though nobody is connected to it', async () => {
    await using world = new World({ replicas: 3, url: cluster.urls })
    const maker = await world.start()
    await listen(maker, 'work.#', { durable: true })
    await maker.stop()
    const leader = await cluster.leaderOf(world.namespace)
    const next = cluster.servers.indexOf(leader) + 1
    const [producer, consumer] = [await world.start({ url: from(next) }), await world.start({ url: from(next + 1) })]
    const listening = await listen(consumer, 'work.#', { durable: true })
    await exchange(producer, listening, 'before')
    await leader.kill()
    await eventually('another leads', async () => (await cluster.leaderOf(world.namespace)) !== leader, patienceMs)
    await producer.publish(frameFor(address, 'without'), address)
    await eventually('it arrives', () => listening.payloads.includes('without'), patienceMs)
    await leader.restart()
    await cluster.settled()
    await exchange(producer, listening, 'with')
    expect([producer, consumer].map(({ state }) => state)).toEqual(['ready', 'ready'])
  })

  it('keeps what is sent at least once on one server unless told otherwise: without that, publishes wait', async () => {
    await using world = new World({ url: cluster.urls, publishTimeoutMs: 60_000 })
    const [producer, consumer] = [await world.start(), await world.start()]
    const listening = await listen(consumer, 'work.#', { durable: true })
    await exchange(producer, listening, 'before')
    const leader = await cluster.leaderOf(world.namespace)
    await leader.kill()
    const during = producer.publish(frameFor(address, 'during'), address)
    await new Promise(resolve => setTimeout(resolve, 1_000))
    await leader.restart()
    await during
    await eventually('it arrives', () => listening.payloads.includes('during'), patienceMs)
    await exchange(producer, listening, 'after')
  })

  it('is entered by whichever server of the list answers, and not at all where none does', async () => {
    const gone = `nats://127.0.0.1:${await freePort()}`
    await using world = new World({ url: [gone, ...cluster.urls] })
    const transport = await world.start()
    expect(serverOf(transport)).toBe(`127.0.0.1:${cluster.servers[0]?.port}`)
    const lost = world.make({ url: [gone, gone] })
    await expect(Promise.resolve(lost.start())).rejects.toMatchObject({ code: 'SM_BROKER_UNREACHABLE' })
  })
})

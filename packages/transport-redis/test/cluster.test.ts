import { createAgent, defineMessage, unchecked } from '@sm/core'
import type { Address, Delivery, TransportHealth } from '@sm/core/transport'
import { Cluster, Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { describeIfAllowed } from '../../../tooling/brokers/describe-with-broker.ts'
import { freePort, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import type { RedisTransportOptions } from '../src/index.ts'
import { type ClusterNode, RedisCluster } from './redis-cluster.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

// Nodes take their time to agree.
vi.setConfig({ testTimeout: 60_000 })

const place = topic('work.done')
const inbox = (agent: string): Address => ({ kind: 'inbox', agent, instance: undefined })
const levels = ['at-least-once', 'at-most-once'] as const
const Doubled = defineMessage('number.doubled', { schema: unchecked<number>(), reply: unchecked<number>() })

const serverOf = ({ transport }: Station) => (transport.health() as TransportHealth).details?.server

const collect = (into: unknown[]) => (delivery: Delivery) => {
  into.push(delivery.frame.body.value())
  delivery.ack()
}

describeIfAllowed('redis', 'a cluster', () => {
  let cluster: RedisCluster
  let namespace: string
  let stations: Station[]

  beforeAll(async () => {
    cluster = await RedisCluster.start(3)
  }, 300_000)
  afterAll(() => cluster?.[Symbol.asyncDispose]())
  beforeEach(() => {
    namespace = freshNamespace()
    stations = []
  })
  afterEach(() => Promise.all(stations.map(({ transport }) => transport.stop())))

  async function start(agent: string, options: RedisTransportOptions = {}): Promise<Station> {
    const station = new Station(agent, namespace, { ...quick, url: cluster.urls, ...options })
    stations.push(station)
    await station.transport.start()
    return station
  }

  const key = () => `{${namespace}}:version`
  const areReady = () => stations.every(({ transport }) => transport.state === 'ready')
  const ownerOf = () => cluster.ownerOf(key())

  /** A namespace that this node has. */
  async function namespaceOn(node: ClusterNode): Promise<string> {
    for (;;) {
      const name = freshNamespace()
      if ((await cluster.ownerOf(`{${name}}:version`)) === node) return name
    }
  }

  /** Two stations, and what one hears from the other at both levels. */
  async function pair() {
    const [shop, billing] = [await start('shop'), await start('billing')]
    const heard: unknown[] = []
    await billing.listen('work.#', collect(heard), { durable: true })
    const exchange = async (what: string) => {
      await shop.publish(place, `${what} kept`)
      let sent = 0
      // A message that is sent once may fall into the gap that a cluster at odds makes.
      await eventually(`${what} arrives`, async () => {
        await shop.publish(place, `${what} once ${sent++}`, 'at-most-once').catch(() => undefined)
        return heard.includes(`${what} kept`) && heard.some(payload => String(payload).startsWith(`${what} once`))
      })
    }
    return { shop, billing, heard, exchange }
  }

  it('is found by whichever node the URL names, and has all of a namespace on one', async () => {
    for (const node of cluster.nodes) {
      namespace = await namespaceOn(node)
      for (const url of [...cluster.urls]) {
        const [shop, billing] = [await start('shop', { url }), await start('billing')]
        const heard: unknown[] = []
        await billing.listen('work.*', collect(heard))
        for (const level of levels) expect(await shop.publish(place, level, level)).not.toMatchObject({ copies: 0 })
        await eventually('both arrive', () => heard.length === 2)
        expect(serverOf(shop)).toBe(`127.0.0.1:${node.broker.port}`)
        await Promise.all([shop, billing].map(({ transport }) => transport.stop()))
      }
      const counts = await Promise.all(cluster.nodes.map(({ admin }) => admin.keys(`{${namespace}}:*`)))
      for (const [i, keys] of counts.entries()) if (cluster.nodes[i] !== node) expect(keys).toEqual([])
    }
  })

  it('carries inboxes, topics with wildcards, and groups whose members share, at both levels', async () => {
    const shop = await start('shop')
    const heard: Record<string, unknown[]> = { one: [], two: [], all: [], exact: [] }
    const worker = [await start('worker'), await start('worker')]
    for (const [i, name] of ['one', 'two'].entries()) await worker[i]?.listen('work.#', collect(heard[name] ?? []))
    const audit = await start('audit')
    await audit.listen('*.done', collect(heard.all ?? []))
    await (await start('exact')).listen('work.done', collect(heard.exact ?? []))
    const count = 200
    for (const level of levels) {
      const receipts = await Promise.all(
        Array.from({ length: count }, (_, i) => shop.publish(place, `${level} ${i}`, level)),
      )
      if (level === 'at-least-once') for (const receipt of receipts) expect(receipt).toMatchObject({ copies: 3 })
    }
    const sent = levels.flatMap(level => Array.from({ length: count }, (_, i) => `${level} ${i}`))
    const shared = () => [...(heard.one ?? []), ...(heard.two ?? [])]
    await eventually('all arrive', () => [heard.all, heard.exact, shared()].every(got => got?.length === sent.length))
    for (const got of [heard.all, heard.exact]) {
      for (const level of levels) {
        const wanted = sent.filter(payload => payload.startsWith(level))
        expect(got?.filter(payload => String(payload).startsWith(level))).toEqual(wanted)
      }
    }
    expect(shared().sort()).toEqual([...sent].sort())
    for (const got of [heard.one, heard.two]) expect(got?.length).toBeGreaterThan(0)

    // Receivers are counted where everybody listens.
    for (const level of levels) {
      await expect(shop.publish(inbox('nobody'), 1, level)).rejects.toMatchObject({ code: 'SM_ROUTE_NONE' })
      expect(await shop.publish(topic('unheard.of'), 1, level)).toMatchObject({ evidence: 'none' })
    }
  })

  it('carries requests between agents, nacks with a delay, and rejects', async () => {
    const transports = { redis: { ...quick, url: cluster.urls } }
    await using billing = await createAgent('billing', { namespace, transports })
    await billing.subscribe(Doubled, number => number * 2).ready
    await using shop = await createAgent('shop', { namespace, transports })
    expect(await Promise.all([1, 2, 3].map(number => shop.request(Doubled, number, { to: 'billing' })))).toEqual([
      2, 4, 6,
    ])

    const station = await start('worker')
    const attempts: number[] = []
    await station.listen('work.done', delivery => {
      attempts.push(delivery.attempt)
      if (delivery.attempt === 1) delivery.nack({ delayMs: 50 })
      else delivery.reject({ code: 'SM_TEST', message: 'no' })
    })
    await station.publish(place, 1)
    await eventually(
      'it is a dead letter',
      async () => (await (await ownerOf()).admin.xlen(`{${namespace}}:dead`)) === 1,
    )
    expect(attempts).toEqual([1, 2])
  })

  it('hears clients that know nothing of us, whichever node they publish at', async () => {
    const { heard } = await pair()
    for (const [i, { admin }] of cluster.nodes.entries()) {
      const event = { specversion: '1.0', id: `${namespace} ${i}`, source: '/till', type: 'work.done', data: i }
      await admin.publish(`{${namespace}}:topic:work.done`, JSON.stringify(event))
    }
    await eventually('all arrive', () => heard.length === cluster.nodes.length)
    expect([...heard].sort()).toEqual([0, 1, 2])
    const foreign = new Cluster(cluster.nodes.map(({ broker }) => ({ host: '127.0.0.1', port: broker.port })))
    const event = { specversion: '1.0', id: `${namespace} kept`, source: '/till', type: 'work.done', data: 'kept' }
    await foreign.xadd(`{${namespace}}:queue:billing:topic:work.#`, '*', 'event', JSON.stringify(event))
    await eventually('it arrives', () => heard.includes('kept'))
    foreign.disconnect()
  })

  it('goes with the slot of the namespace when that is moved to another node, and loses nothing', async () => {
    const { shop, billing, heard, exchange } = await pair()
    await exchange('before')
    const held: Delivery[] = []
    await billing.listen('held.#', delivery => void held.push(delivery))
    await shop.publish(topic('held.here'), 'held')
    await eventually('it is in hand', () => held.length === 1)
    const from = await ownerOf()
    const to = cluster.nodes.find(node => node !== from) as ClusterNode
    const taken: string[] = []
    let isOver = false
    const flow = (async () => {
      for (let i = 0; !isOver; i++) {
        await shop.publish(place, `flow ${i}`)
        taken.push(`flow ${i}`)
      }
    })()
    await eventually('it flows', () => taken.length > 50)
    await cluster.move(await cluster.slotOf(key()), from, to)
    const there = `127.0.0.1:${to.broker.port}`
    await eventually('both have moved', () => areReady() && stations.every(station => serverOf(station) === there))
    const count = taken.length
    await eventually('it flows again', () => taken.length > count + 50)
    isOver = true
    await flow
    held[0]?.ack()
    await exchange('after')
    const flowing = () => heard.filter(payload => String(payload).startsWith('flow'))
    await eventually('all arrive', () => flowing().length >= taken.length)
    expect(flowing(), 'in order, and none twice').toEqual(taken)
    await eventually('nothing is left', async () => {
      const queue = `{${namespace}}:queue:billing:topic:held.#`
      return (await to.admin.xlen(queue)) === 0
    })
  })

  it('waits while the cluster is down, and carries on when it stands again', async () => {
    const { shop, exchange } = await pair()
    await exchange('before')
    const owner = await ownerOf()
    const other = cluster.nodes.find(node => node !== owner) as ClusterNode
    // Neither need be ours: a cluster that lacks any slot answers nobody.
    for (const node of [other, owner]) {
      await node.broker.kill()
      await eventually('it is noticed', () => stations.every(({ transport }) => transport.state === 'degraded'))
      const during = shop.publish(place, 'during')
      await node.broker.restart()
      expect(await during).toMatchObject({ copies: 1 })
      await eventually('all are back', areReady)
      await exchange(`after ${node.broker.port}`)
    }
    await eventually('the cluster stands', () => cluster.isWhole())
  })

  it('goes to the replica that takes the place of a killed node', async () => {
    namespace = await namespaceOn(cluster.nodes[0] as ClusterNode)
    const owner = await ownerOf()
    const replica = await cluster.replicate(owner)
    const { shop, heard, exchange } = await pair()
    await exchange('before')
    // Redis copies after it has answered.
    await eventually('the replica has it', async () => (await owner.admin.wait(1, 1_000)) === 1)
    await owner.broker.kill()
    await eventually('it is noticed', () => stations.every(({ transport }) => transport.state === 'degraded'))
    expect(await shop.publish(place, 'during')).toMatchObject({ copies: 1 })
    await eventually('all are back', areReady)
    await exchange('after')
    expect(serverOf(shop)).toBe(`127.0.0.1:${replica.broker.port}`)
    expect(new Set(heard).size).toBe(heard.length)
    await owner.broker.restart()
    await eventually('the cluster stands', () => cluster.isWhole())
  })

  it('is found when some of the nodes are not there, and says so when none is', async () => {
    const gone = `redis://127.0.0.1:${await freePort()}`
    const shop = await start('shop', { url: [gone, ...cluster.urls] })
    expect(await shop.publish(place, 1)).toMatchObject({ evidence: 'none' })
    const lost = new Station('shop', namespace, { ...quick, url: [gone] })
    await expect(Promise.resolve(lost.transport.start())).rejects.toMatchObject({ code: 'SM_BROKER_UNREACHABLE' })
    await lost.transport.stop()
    const [first, second] = cluster.nodes.map(({ broker }) => `127.0.0.1:${broker.port}`)
    await using agent = await createAgent('shop', { namespace, transports: [`redis://${first}?server=${second}`] })
    expect(agent.id).toBe('shop')
  })

  it('tells who makes connections which node is meant, and refuses a client of the whole cluster', async () => {
    const asked = new Set<number>()
    const own = { lazyConnect: true, retryStrategy: () => null }
    await start('shop', {
      connect(_, server) {
        asked.add(server.port)
        return new Redis({ ...own, ...server })
      },
    })
    expect(asked).toContain((await ownerOf()).broker.port)
    const { port } = (await ownerOf()).broker
    const connect = () => new Cluster([{ host: '127.0.0.1', port }], { lazyConnect: true }) as never
    const station = new Station('shop', namespace, { ...quick, connect })
    await expect(Promise.resolve(station.transport.start())).rejects.toMatchObject({ code: 'SM_TRANSPORT_CONFIG' })
    await station.transport.stop()
  })

  it('needs the rights that the guide names, and no others', async () => {
    namespace = 'shop'
    const rules = ['on', '>guided', '~{shop}:*', '&*', '+@scripting', '+@pubsub', '+@stream', '+@hash', '+@sortedset']
    const more = ['+@set', '+@string', '+@keyspace', '+@connection', '+info', '+time', '+config|get']
    await Promise.all(cluster.nodes.map(({ admin }) => admin.call('ACL', 'SETUSER', 'guided', ...rules, ...more)))
    const running = cluster.urls.map(url => url.replace('redis://', 'redis://guided:guided@'))
    const shop = await start('shop', { url: running })
    const heard: unknown[] = []
    await shop.listen('work.#', collect(heard))
    for (const level of levels) await shop.publish(place, level, level)
    await eventually('both arrive', () => heard.length === 2)
    expect(shop.faults).toEqual([])
  })

  it('takes one that is no cluster for what it is', async () => {
    await using single = await startBroker('redis')
    const shop = await start('shop', { url: single.url })
    expect(await shop.publish(place, 1)).toMatchObject({ evidence: 'none' })
  })
})

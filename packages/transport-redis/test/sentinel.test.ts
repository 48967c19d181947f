import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import type { Delivery } from '@sm/core/transport'
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { describeIfAllowed } from '../../../tooling/brokers/describe-with-broker.ts'
import { type Broker, freePort, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import type { RedisTransportOptions } from '../src/index.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

// Sentinels take seconds to send a primary of before after the new one.
vi.setConfig({ testTimeout: 90_000 })
const patienceMs = 60_000

const place = topic('work.done')
const password = 'Öffne-dich_42'
const Counted = defineMessage('work.counted', { schema: unchecked<number>(), reply: unchecked<number>() })

const collect = (into: unknown[]) => (delivery: Delivery) => {
  into.push(delivery.frame.body.value())
  delivery.ack()
}

describeIfAllowed('redis', 'a primary and a replica that a sentinel watches', () => {
  let primary: Broker
  let replica: Broker
  let sentinel: Broker
  let clients: Redis[]
  let stations: Station[]
  let namespace: string

  function client(broker: Broker): Redis {
    const made = new Redis(broker.url)
    made.on('error', () => undefined)
    clients.push(made)
    return made
  }

  beforeEach(async () => {
    clients = []
    stations = []
    namespace = freshNamespace()
    // Each may become a replica of the other, and need not wait for more of them.
    const config = [`masterauth ${password}`, 'repl-diskless-sync-delay 0']
    primary = await startBroker('redis', { password, config })
    replica = await startBroker('redis', { password, config: [...config, `replicaof 127.0.0.1 ${primary.port}`] })
    // A sentinel that finds it unfinished looks again only after seconds.
    await eventually('the replica has all', async () =>
      (await client(replica).info('replication')).includes('master_link_status:up'),
    )
    sentinel = await startBroker('redis', {
      sentinel: true,
      password: `${password}!`,
      config: [
        `sentinel monitor main 127.0.0.1 ${primary.port} 1`,
        `sentinel auth-pass main ${password}`,
        ...['sentinel down-after-milliseconds main 2000', 'sentinel failover-timeout main 6000'],
      ],
    })
    const asked = client(sentinel)
    await eventually('the sentinel knows it', async () =>
      /master-link-status,ok/.test(String(await asked.call('SENTINEL', 'REPLICAS', 'main'))),
    )
  }, 60_000)
  afterEach(async () => {
    await Promise.all(stations.map(({ transport }) => transport.stop()))
    for (const made of clients) made.disconnect()
    await Promise.all([sentinel, replica, primary].map(broker => broker.stop()))
  })

  const options = (): RedisTransportOptions => ({
    ...quick,
    password,
    client: {
      sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
      name: 'main',
      sentinelPassword: `${password}!`,
    },
  })

  async function start(agent: string, more: RedisTransportOptions = {}): Promise<Station> {
    const station = new Station(agent, namespace, { ...options(), ...more })
    stations.push(station)
    await station.transport.start()
    return station
  }

  it('carries on when the primary is killed: what the new one has is delivered, and all that follows', async () => {
    const [shop, billing] = [await start('shop'), await start('billing')]
    const heard: unknown[] = []
    const once: unknown[] = []
    const held: Delivery[] = []
    let isHolding = true
    await billing.listen('work.done', delivery => (isHolding ? void held.push(delivery) : collect(heard)(delivery)), {
      durable: true,
      prefetch: 10,
    })
    await billing.listen('work.once', collect(once))
    const kept = Array.from({ length: 100 }, (_, i) => `before ${i}`)
    const receipts = await Promise.all(kept.map(payload => shop.publish(place, payload)))
    expect(receipts.every(({ copies }) => copies === 1)).toBe(true)
    await eventually('some are in hand', () => held.length === 10)
    await shop.publish(topic('work.once'), 0, 'at-most-once')
    await eventually('it comes', () => once.length === 1)
    // Redis copies after it has answered: only from here on it is certain that the replica has them.
    await eventually('the replica has them', async () => (await client(primary).wait(1, 1_000)) === 1)

    await primary.kill()
    await eventually('it is noticed', () => [shop, billing].every(({ transport }) => transport.state === 'degraded'))
    const during = shop.publish(place, 'during')
    await eventually('both are back', () => [shop, billing].every(({ transport }) => transport.state === 'ready'))
    isHolding = false
    for (const delivery of held) collect(heard)(delivery)
    expect(await during).toMatchObject({ copies: 1 })
    await shop.publish(place, 'after')
    await eventually('all arrive', () => new Set(heard).size === kept.length + 2)
    expect(heard, 'in order, and none twice').toEqual([...kept, 'during', 'after'])
    await eventually('also what is sent once', async () => {
      await shop.publish(topic('work.once'), 1, 'at-most-once')
      return once.includes(1)
    })
    expect(String((await shop.transport.health()).details?.server)).toContain(`127.0.0.1:${sentinel.port}`)

    // The one that was killed comes back, and follows the new one.
    await primary.restart()
    const restarted = client(primary)
    const follows = async () => (await restarted.info('replication')).includes('role:slave')
    await eventually('it follows', follows, patienceMs)
    await shop.publish(place, 'later')
    await eventually('it arrives', () => heard.at(-1) === 'later')
    expect([shop, billing].map(({ transport }) => transport.state)).toEqual(['ready', 'ready'])
  })

  it('follows the sentinels when they make another one the primary', async () => {
    const [shop, billing] = [await start('shop'), await start('billing')]
    const heard: unknown[] = []
    await billing.listen('work.#', collect(heard))
    await shop.publish(place, 1)
    await client(sentinel).call('SENTINEL', 'FAILOVER', 'main')
    const isPrimary = async () => (await client(replica).info('replication')).includes('role:master')
    await eventually('the replica is the primary', isPrimary)
    // The sentinel tells the old one a little later, which sends everybody away.
    const admin = client(replica)
    const areThere = async () => {
      const there = String(await admin.client('LIST'))
      return stations.every(({ instance, transport }) => there.includes(instance) && transport.state === 'ready')
    }
    await eventually('both are there', areThere, patienceMs)
    await shop.publish(place, 2)
    await eventually('it arrives', () => heard.includes(2))
  })

  it('carries agents with the options that the README gives, and what they request', async () => {
    const transports = { redis: options() }
    await using billing = await createAgent('billing', { namespace, transports })
    await billing.subscribe(Counted, number => number * 2).ready
    await using shop = await createAgent('shop', { namespace, transports })
    expect(await shop.request(Counted, 21, { to: 'billing' })).toBe(42)
  })

  it('says who does not answer, who refuses, and shows no secret', async () => {
    const wrong = 'wrong-secret'
    const { client: right } = options()
    const port = await freePort()
    const cases: [RedisTransportOptions, string, string][] = [
      [
        { client: { ...right, sentinels: [{ host: '127.0.0.1', port }] } },
        'SM_BROKER_UNREACHABLE',
        `127.0.0.1:${port}`,
      ],
      [{ client: { ...right, sentinelPassword: wrong } }, 'SM_BROKER_AUTH', `127.0.0.1:${sentinel.port}`],
      [{ client: { ...right, name: 'other' } }, 'SM_BROKER_UNREACHABLE', '"other"'],
      [{ password: wrong }, 'SM_BROKER_AUTH', '"main"'],
    ]
    for (const [more, code, where] of cases) {
      const station = new Station('shop', namespace, { ...options(), connectTimeoutMs: 5_000, ...more })
      const error = await Promise.resolve(station.transport.start()).catch((thrown: Error) => thrown)
      expect(error, where).toMatchObject({ code, message: expect.stringContaining(where) })
      for (const secret of [wrong, password]) expect(JSON.stringify([error, station.lines])).not.toContain(secret)
      await station.transport.stop()
    }
  })

  it('encrypts the connection to the primary where that is asked for, or makes none', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'sm-sentinel-tls-'))
    const files = ['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')]
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-nodes', '-days', '2']
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1']
    execFileSync('openssl', ['req', '-x509', ...kind, ...files, ...subject], { stdio: 'pipe' })
    const read = (name: string) => readFileSync(join(directory, name), 'utf8')
    const pems = { 'cert.pem': read('cert.pem'), 'key.pem': read('key.pem') }
    rmSync(directory, { recursive: true })
    const tlsPort = await freePort()
    const trust = ['tls-ca-cert-file DIRECTORY/cert.pem', 'tls-auth-clients no', 'tls-replication yes']
    const certificate = ['tls-cert-file DIRECTORY/cert.pem', 'tls-key-file DIRECTORY/key.pem', ...trust]
    await using encrypted = await startBroker('redis', { config: [`tls-port ${tlsPort}`, ...certificate], files: pems })
    const config = [...certificate, `sentinel monitor main 127.0.0.1 ${tlsPort} 1`]
    await using watching = await startBroker('redis', { sentinel: true, config, files: pems })
    const led = { sentinels: [{ host: '127.0.0.1', port: watching.port }], name: 'main' }
    const station = new Station('shop', namespace, { ...quick, client: led, tls: { ca: pems['cert.pem'] } })
    stations.push(station)
    await station.transport.start()
    expect(await station.publish(place, 1)).toMatchObject({ evidence: 'none' })
    const seen = String(await client(encrypted).client('LIST'))
    expect(seen.split('\n').find(line => line.includes(station.instance))).toContain(`:${tlsPort} `)

    const plain = new Station('shop', namespace, { ...options(), url: 'rediss://any', connectTimeoutMs: 1_000 })
    const refused = await Promise.resolve(plain.transport.start()).catch((error: unknown) => error)
    expect((refused as { code?: string }).code).toMatch(/SM_BROKER_(TLS|UNREACHABLE)/)
    await plain.transport.stop()
  })

  it('asks sentinels that answer when others do not', async () => {
    const { client: right } = options()
    const sentinels = [{ host: '127.0.0.1', port: await freePort() }, ...(right?.sentinels ?? [])]
    const shop = await start('shop', { client: { ...right, sentinels } })
    expect(await shop.publish(place, 1)).toMatchObject({ evidence: 'none' })
  })

  it('refuses a replica, which would take nothing', async () => {
    const station = new Station('shop', namespace, { ...quick, url: replica.url })
    await expect(Promise.resolve(station.transport.start())).rejects.toMatchObject({ code: 'SM_BROKER_UNFIT' })
    await station.transport.stop()
  })
})

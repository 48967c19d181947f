import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createAgent } from '@sm/core'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeIfAllowed } from '../../../tooling/brokers/describe-with-broker.ts'
import { type Broker, freePort, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { redis } from '../src/index.ts'
import { freshNamespace, quick, Station, topic } from './station.ts'

const secret = 'Öffne-dich_42'

/** Starts a transport that cannot be; what it says. */
async function refusal(options: ConstructorParameters<typeof Station>[2]) {
  const station = new Station('shop', freshNamespace(), { connectTimeoutMs: 2_000, ...quick, ...options })
  const error = await station.transport.start().then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  await station.transport.stop()
  return { error, shown: inspect([error, station.lines, station.transport.health()], { depth: 20 }) }
}

describeIfAllowed('redis', 'a connection', () => {
  let broker: Broker
  let encrypted: Broker
  let directory: string
  let tlsPort: number

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sm-redis-tls-'))
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const files = ['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...kind, ...files, ...subject], { stdio: 'pipe' })
    const read = (name: string) => readFileSync(join(directory, name), 'utf8')
    tlsPort = await freePort()
    const config = [
      `tls-port ${tlsPort}`,
      ...['tls-cert-file DIRECTORY/cert.pem', 'tls-key-file DIRECTORY/key.pem', 'tls-auth-clients no'],
    ]
    broker = await startBroker('redis', { user: 'shop', password: secret })
    encrypted = await startBroker('redis', {
      config,
      files: { 'cert.pem': read('cert.pem'), 'key.pem': read('key.pem') },
    })
  }, 60_000)
  afterAll(async () => {
    rmSync(directory, { recursive: true, force: true })
    await Promise.all([broker.stop(), encrypted.stop()])
  })

  it('is made with user and password, in the URL or beside it', async () => {
    for (const options of [
      { url: broker.url },
      { url: `redis://127.0.0.1:${broker.port}`, username: 'shop', password: secret },
    ]) {
      const station = new Station('shop', freshNamespace(), { ...quick, ...options })
      await station.transport.start()
      expect(await station.publish(topic('a.b'), 1)).toMatchObject({ evidence: 'none' })
      expect(inspect([station.lines, station.transport.health()], { depth: 20 })).not.toContain(secret)
      await station.transport.stop()
    }
  })

  it('is refused with a coded error when the credentials are wrong, which are never shown', async () => {
    const wrong = `${secret}!`
    const url = `redis://shop:${encodeURIComponent(wrong)}@127.0.0.1:${broker.port}`
    for (const options of [{ url }, { url: `redis://127.0.0.1:${broker.port}` }]) {
      const { error, shown } = await refusal(options)
      expect(error).toMatchObject({ code: 'SM_BROKER_AUTH', retryable: false })
      expect(error?.message).toContain(`127.0.0.1:${broker.port}`)
      for (const hidden of [wrong, encodeURIComponent(wrong)]) expect(shown).not.toContain(hidden)
    }
  })

  it('does not show secrets when it is lost, either', async () => {
    const lost = await startBroker('redis', { password: secret })
    const station = new Station('shop', freshNamespace(), { ...quick, url: lost.url })
    await station.transport.start()
    const events: unknown[] = []
    station.transport.on('state', event => void events.push(event))
    await lost.kill()
    await eventually('it is degraded', () => station.transport.state === 'degraded')
    await eventually('it has tried', () => station.faults.includes('SM_BROKER_UNREACHABLE'))
    const shown = inspect([events, station.lines, station.transport.health()], { depth: 20 })
    for (const hidden of [secret, encodeURIComponent(secret)]) expect(shown).not.toContain(hidden)
    await station.transport.stop()
    await lost.stop()
  })

  it('says which host and port do not answer', async () => {
    const port = await freePort()
    const { error } = await refusal({ url: `redis://shop:${encodeURIComponent(secret)}@127.0.0.1:${port}` })
    expect(error).toMatchObject({ code: 'SM_BROKER_UNREACHABLE', retryable: true })
    expect(error?.message).toContain(`127.0.0.1:${port}`)
    expect((await refusal({ url: 'redis://no-such-host.invalid' })).error).toMatchObject({
      code: 'SM_BROKER_UNREACHABLE',
    })
  })

  it('gives up on a server that takes the connection and says nothing', async () => {
    const frozen = await startBroker('redis')
    await frozen.freeze()
    const { error } = await refusal({ url: frozen.url, connectTimeoutMs: 500 })
    expect(error).toMatchObject({ code: 'SM_BROKER_UNREACHABLE' })
    await frozen.thaw()
    await frozen.stop()
  })

  it('is encrypted for rediss:, and refused for a certificate that nobody vouches for', async () => {
    const url = `rediss://localhost:${tlsPort}`
    const { error } = await refusal({ url })
    expect(error).toMatchObject({ code: 'SM_BROKER_TLS' })
    const tls = { ca: readFileSync(join(directory, 'cert.pem'), 'utf8') }
    const station = new Station('shop', freshNamespace(), { ...quick, url, tls })
    await station.transport.start()
    const heard: unknown[] = []
    await station.listen('a.b', delivery => {
      heard.push(delivery.frame.body.value())
      delivery.ack()
    })
    await station.publish(topic('a.b'), 1)
    await station.publish(topic('a.b'), 2, 'at-most-once')
    await eventually('both arrive', () => heard.length === 2)
    await station.transport.stop()
    const { error: plain } = await refusal({ url: `redis://localhost:${tlsPort}`, connectTimeoutMs: 500 })
    expect(plain).toMatchObject({ name: 'SmError' })
  })

  it('is made by a function where options do not suffice', async () => {
    const roles: string[] = []
    const station = new Station('shop', freshNamespace(), {
      ...quick,
      connect(role) {
        roles.push(role)
        return new Redis(broker.url, { lazyConnect: true, retryStrategy: () => null })
      },
    })
    await station.transport.start()
    expect(roles).toEqual(['commands', 'subscriber', 'reader'])
    await station.transport.stop()
  })

  it('is found by its URL, and refuses URLs and options that are none', async () => {
    await using agent = await createAgent('shop', { namespace: freshNamespace(), transports: [broker.url] })
    expect(agent.id).toBe('shop')
    for (const options of [
      { url: 'http://localhost' },
      { url: `redis://u:%zz@localhost` },
      { url: 'redis://localhost/x' },
      { maxDeadLetters: 0 },
      { deadAfterMs: 10 },
    ]) {
      expect(() => new Station('shop', 'x', options)).toThrow(/SM_TRANSPORT_CONFIG/)
    }
    expect(redis.definition.schemes).toEqual(['redis', 'rediss'])
  })

  it('needs no more rights than the guide says, and with fewer says what is missing', async () => {
    // Redis takes the globs of subscriptions literally: with channels of its own alone, a user has no wildcards.
    const own = '~{shop}:* &*'
    const kinds = '+@scripting +@pubsub +@stream +@hash +@sortedset +@set +@string +@keyspace +@connection +time'
    const config = [
      `user guided on >guided ${own} ${kinds} +info +config|get`,
      `user silent on >silent ${own} ${kinds}`,
      `user exact on >exact ~{shop}:* &{shop}:* ${kinds} +info +config|get`,
      `user mute on >mute ${own} +@connection +info`,
    ]
    await using guarded = await startBroker('redis', { config })
    const as = (user: string) =>
      new Station('shop', 'shop', { ...quick, url: `redis://${user}:${user}@127.0.0.1:${guarded.port}` })
    const station = as('guided')
    await station.transport.start()
    const heard: unknown[] = []
    const listener = await station.listen(
      'a.#',
      delivery => {
        if (delivery.attempt === 1) return delivery.nack({ delayMs: 10 })
        heard.push(delivery.frame.body.value())
        return heard.length === 1 ? delivery.ack() : delivery.reject({ code: 'SM_TEST', message: 'no' })
      },
      { durable: true },
    )
    expect(await station.publish(topic('a.b'), 1)).toEqual({ evidence: 'persisted', copies: 1 })
    await eventually('it is tried again', () => heard.length === 1)
    await station.publish(topic('a.c'), 2)
    await eventually('it is rejected', () => heard.length === 2)
    await eventually('heartbeats are taken', () => station.transport.state === 'ready')
    await listener.close({ drain: true })
    await station.transport.stop()
    expect(station.faults).toEqual([])

    const exact = as('exact')
    await exact.transport.start()
    await expect(exact.listen('a.*', delivery => delivery.ack())).rejects.toMatchObject({ code: 'SM_BROKER_AUTH' })
    await exact.listen('a.b', delivery => delivery.ack())
    expect(await exact.publish(topic('a.b'), 1, 'at-most-once')).toEqual({ evidence: 'accepted' })
    // A frame that was refused is no burden to the rest.
    const admin = new Redis(`redis://127.0.0.1:${guarded.port}`)
    await admin.call('CLIENT', 'KILL', 'USER', 'exact')
    admin.disconnect()
    await eventually('it is lost', () => exact.lines.length > 0)
    await eventually('it is back', () => exact.transport.state === 'ready')
    // Its own, and the durable one from before.
    expect(await exact.publish(topic('a.b'), 1)).toMatchObject({ copies: 2 })
    await exact.transport.stop({ drain: true })

    const silent = as('silent')
    await silent.transport.start()
    expect(silent.faults).toEqual(['SM_REDIS_UNSAFE'])
    expect(silent.transport.capabilities.delivery['at-least-once']).toBeUndefined()
    await silent.transport.stop()

    const mute = as('mute')
    await expect(mute.transport.start()).rejects.toMatchObject({ code: 'SM_BROKER_AUTH' })
    await mute.transport.stop()
  })

  it('leaves nothing open when its start is given up', async () => {
    const station = new Station('shop', freshNamespace(), { ...quick, url: broker.url })
    const signal = AbortSignal.timeout(1)
    await station.transport.start({ signal }).catch(() => undefined)
    await station.transport.stop()
    const admin = new Redis(broker.url)
    await eventually('no connection of it is left', async () => {
      return !String(await admin.client('LIST')).includes(station.instance)
    })
    admin.disconnect()
  })
})

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createAgent } from '@sm/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeIfAllowed } from '../../../tooling/brokers/describe-with-broker.ts'
import { freePort, type NatsOptions, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, once, topic } from '../../../tooling/test/transport-world.ts'
import { type NatsTransportOptions, nats } from '../src/index.ts'
import { World } from './world.ts'

const secret = 'Öffne-dich_42'

/** Starts a transport that cannot start; what it says, and everything it has shown. */
async function refusal(options: NatsTransportOptions) {
  await using world = new World({ connectTimeoutMs: 2_000, ...options })
  const transport = world.make()
  const events: unknown[] = []
  transport.on('state', event => events.push(event))
  const error = (await transport.start().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as { code?: string; message?: string; retryable?: boolean } | undefined
  const shown = inspect([error, world.log, events, transport.health()], { depth: 20 })
  return { error, shown }
}

/** Runs with a server of its own. */
async function withServer<T>(
  options: NatsOptions,
  run: (server: Awaited<ReturnType<typeof startBroker>>) => Promise<T>,
) {
  await using server = await startBroker('nats', options)
  return await run(server)
}

/** Both levels work. */
async function works(options: NatsTransportOptions) {
  await using world = new World(options)
  const transport = await world.start()
  const listening = await listen(transport, inbox('billing'))
  await transport.publish(frameFor(inbox('billing'), 'kept'), inbox('billing'))
  await transport.publish(frameFor(inbox('billing'), 'once', once), inbox('billing'))
  await eventually('both arrive', () => listening.payloads.length === 2)
  return inspect([world.log, transport.health()], { depth: 20 })
}

describeIfAllowed('nats', 'a connection', () => {
  let directory: string
  const read = (name: string) => readFileSync(join(directory, name), 'utf8')

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sm-nats-tls-'))
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const files = ['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...kind, ...files, ...subject], { stdio: 'pipe' })
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('is made with user and password, in the URL or beside it', async () => {
    await withServer({ user: 'shop', password: secret }, async ({ url, port }) => {
      for (const options of [{ url }, { url: `nats://127.0.0.1:${port}`, user: 'shop', password: secret }]) {
        expect(await works(options)).not.toContain(secret)
      }
    })
  })

  it('is made with a token', async () => {
    await withServer({ token: secret }, async ({ url, port }) => {
      for (const options of [{ url }, { url: `nats://127.0.0.1:${port}`, token: secret }]) {
        expect(await works(options)).not.toContain(secret)
      }
    })
  })

  it('is made with an nkey', async () => {
    const { createUser } = await import('@nats-io/transport-node').then(({ nkeys }) => nkeys)
    const pair = createUser()
    const seed = Buffer.from(pair.getSeed()).toString()
    const config = [`authorization { users = [{ nkey: ${pair.getPublicKey()} }] }`]
    await withServer({ config }, async ({ url }) => {
      expect(await works({ url, nkeySeed: seed })).not.toContain(seed)
      const { error, shown } = await refusal({ url, nkeySeed: 'SUNONSENSE' })
      expect(error).toMatchObject({ code: 'SM_BROKER_AUTH' })
      expect(shown).not.toContain('SUNONSENSE')
    })
  })

  it('is refused with a coded error when the credentials are wrong, which are never shown', async () => {
    const wrong = `${secret}!`
    await withServer({ user: 'shop', password: secret }, async ({ port }) => {
      const at = `127.0.0.1:${port}`
      const url = `nats://shop:${encodeURIComponent(wrong)}@${at}`
      for (const options of [{ url }, { url: `nats://${at}` }, { url: `nats://${at}`, token: wrong }]) {
        const { error, shown } = await refusal(options)
        expect(error).toMatchObject({ code: 'SM_BROKER_AUTH', retryable: false })
        expect(error?.message).toContain(at)
        for (const hidden of [wrong, encodeURIComponent(wrong)]) expect(shown).not.toContain(hidden)
      }
    })
  })

  it('does not show secrets when it is lost, either', async () => {
    await withServer({ user: 'shop', password: secret }, async server => {
      await using world = new World({ url: server.url })
      const transport = await world.start()
      const events: unknown[] = []
      transport.on('state', event => events.push(event))
      await server.kill()
      await eventually('it is degraded', () => transport.state === 'degraded')
      await eventually('it has tried', () => world.log.some(line => line.includes('SM_BROKER_UNREACHABLE')))
      const shown = inspect([events, world.log, transport.health()], { depth: 20 })
      for (const hidden of [secret, encodeURIComponent(secret)]) expect(shown).not.toContain(hidden)
    })
  })

  it('says which host and port do not answer', async () => {
    const port = await freePort()
    const { error } = await refusal({ url: `nats://shop:${encodeURIComponent(secret)}@127.0.0.1:${port}` })
    expect(error).toMatchObject({ code: 'SM_BROKER_UNREACHABLE', retryable: true })
    expect(error?.message).toContain(`127.0.0.1:${port}`)
    expect((await refusal({ url: 'nats://no-such-host.invalid' })).error).toMatchObject({
      code: 'SM_BROKER_UNREACHABLE',
    })
  })

  it('gives up on a server that takes the connection and says nothing, and on one that speaks something else', async () => {
    await withServer({}, async server => {
      await server.freeze()
      const { error } = await refusal({ url: server.url, connectTimeoutMs: 500 })
      expect(error).toMatchObject({ code: 'SM_BROKER_UNREACHABLE' })
      await server.thaw()
    })
    const other = createServer(socket => {
      socket.on('error', () => undefined)
      socket.write('+OK redis says hello\r\n')
    })
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const { error } = await refusal({ url: `nats://127.0.0.1:${port}`, connectTimeoutMs: 1_000 })
    expect(error).toMatchObject({ code: 'SM_BROKER_UNREACHABLE' })
    other.close()
  })

  it('takes another server of its list when one does not answer', async () => {
    const port = await freePort()
    await withServer({}, async ({ url }) => {
      await works({ url: [`nats://127.0.0.1:${port}`, url] })
    })
  })

  it('is encrypted where that is asked for, and refused for a certificate that nobody vouches for', async () => {
    const config = ['tls { cert_file: "DIRECTORY/cert.pem", key_file: "DIRECTORY/key.pem" }']
    const files = { 'cert.pem': read('cert.pem'), 'key.pem': read('key.pem') }
    await withServer({ config, files }, async ({ port }) => {
      const url = `natss://localhost:${port}`
      const { error } = await refusal({ url })
      expect(error).toMatchObject({ code: 'SM_BROKER_TLS' })
      expect(error?.message).toContain(`localhost:${port}`)
      await works({ url, tls: { ca: read('cert.pem') } })
      await works({ url, tls: { insecure: true } })
      const wrongName = await refusal({ url, tls: { ca: read('cert.pem'), serverName: 'example.org' } })
      expect(wrongName.error).toMatchObject({ code: 'SM_BROKER_TLS' })
    })
  })

  it('is refused where encryption is asked for and not offered', async () => {
    await withServer({}, async ({ port }) => {
      const { error } = await refusal({ url: `natss://127.0.0.1:${port}` })
      expect(error).toMatchObject({ code: 'SM_BROKER_TLS' })
    })
  })

  it('is found by its URL, and refuses URLs and options that are none', async () => {
    await withServer({}, async ({ url }) => {
      await using agent = await createAgent('shop', { namespace: 'by-url', transports: [`${url}?server=127.0.0.1:1`] })
      expect(agent.id).toBe('shop')
    })
    await using world = new World({})
    const file = join(directory, 'none.creds')
    for (const options of [
      { url: 'http://localhost' },
      { url: [] },
      { url: `nats://u:%zz@localhost` },
      { url: 'nats://localhost/x' },
      { url: 'nats://localhost?token=x' },
      { credentialsFile: file },
      { token: '' },
      { replicas: 0 },
      { maxStreamBytes: 1.5 },
      { inboxPrefix: 'a b' },
      { deadAfterMs: 10 },
    ]) {
      expect(() => world.make(options), JSON.stringify(options)).toThrow(/SM_TRANSPORT_CONFIG/)
    }
    expect(() => nats.definition.fromUrl?.(new URL('nats://localhost?user=x'))).toThrow(/SM_TRANSPORT_CONFIG/)
  })

  it('reads a credentials file, and says when it holds none', async () => {
    const file = join(directory, 'bad.creds')
    writeFileSync(file, `not credentials: ${secret}`)
    await withServer({}, async ({ url }) => {
      const { error, shown } = await refusal({ url, credentialsFile: file })
      expect(error).toMatchObject({ code: 'SM_BROKER_AUTH' })
      expect(shown).not.toContain(secret)
    })
  })

  it('offers nothing at least once, and says why, where there is no JetStream', async () => {
    await withServer({ jetstream: false }, async ({ url }) => {
      await using world = new World({ url })
      const transport = await world.start()
      expect(transport.capabilities).toMatchObject({
        delivery: { 'at-most-once': 'accepted' },
        ...{ durable: false, delay: false, deadLetters: false },
      })
      expect(transport.capabilities.delivery['at-least-once']).toBeUndefined()
      expect(world.log.join()).toContain('SM_NATS_JETSTREAM')
      const listening = await listen(transport, 'order.#')
      await transport.publish(frameFor(topic('order'), 1, once), topic('order'))
      await eventually('it arrives', () => listening.payloads.length === 1)
      const publish = async () => transport.publish(frameFor(topic('order'), 1), topic('order'))
      await expect(publish()).rejects.toMatchObject({ code: 'SM_CAPABILITY_MISSING' })
    })
  })

  it('takes the largest payload of the server for its own', async () => {
    await withServer({ maxPayload: 100_000 }, async ({ url }) => {
      await using world = new World({ url })
      const transport = await world.start()
      const { maxFrameBytes } = transport.capabilities
      expect(maxFrameBytes).toBeLessThan(100_000)
      expect(maxFrameBytes).toBeGreaterThan(80_000)
      // Headers that are short in our own form and long as text.
      const { header, body } = frameFor(topic('a'), 'x'.repeat(50_000))
      const extensions = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`x${i}`, 'ü'.repeat(2_048)]))
      for (const delivery of ['at-most-once', 'at-least-once'] as const) {
        await listen(transport, 'a')
        const publish = async () => transport.publish({ header: { ...header, delivery, extensions }, body }, topic('a'))
        await expect(publish()).rejects.toMatchObject({ code: 'SM_FRAME_TOO_LARGE', details: { outcome: 'failed' } })
      }
    })
  })

  it('says what a user may not do', async () => {
    const config = [
      'authorization { users = [ { user: a, password: b, permissions: {',
      '  publish: { allow: ["$JS.API.>", "$JS.ACK.>", "allowed.>", "_INBOX.>"] }',
      '  subscribe: { allow: ["_INBOX.>", "allowed.>", "$JS.EVENT.>"], deny: ["allowed.topic.secret", "allowed.js.>"] }',
      '} } ] }',
    ]
    await withServer({ config }, async ({ port }) => {
      const url = `nats://a:b@127.0.0.1:${port}`
      await using world = new World({ url })
      const transport = nats.definition.create({ url }, { ...world.context(), namespace: 'allowed' })
      await transport.start()
      const spec = { target: { kind: 'pattern', pattern: 'secret' }, group: 'g', prefetch: 1, durable: false } as const
      await expect(transport.subscribe(spec, () => undefined).ready).rejects.toMatchObject({ code: 'SM_BROKER_AUTH' })
      await transport.stop()
      const other = nats.definition.create({ url }, { ...world.context(), namespace: 'forbidden' })
      await other.start()
      for (const delivery of ['at-most-once', 'at-least-once'] as const) {
        const publish = async () => other.publish(frameFor(topic('a'), 1, { delivery }), topic('a'))
        const error = await publish().then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
        if (delivery === 'at-most-once') expect(error).toMatchObject({ code: 'SM_BROKER_AUTH' })
      }
      await other.stop()
    })
  })

  it('leaves nothing open when its start is given up', async () => {
    await withServer({ config: ['http: 127.0.0.1:0'] }, async ({ url }) => {
      await using world = new World({ url })
      for (const ms of [0, 1, 2, 5, 10]) {
        const transport = world.make()
        await transport.start({ signal: AbortSignal.timeout(ms) }).catch(() => undefined)
        await transport.stop()
        expect(transport.state).toBe('stopped')
      }
    })
  })
})

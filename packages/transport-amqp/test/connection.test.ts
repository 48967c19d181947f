import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createAgent } from '@sm/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AmqpBroker, brokerAbsence, freePort, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, once, topic } from '../../../tooling/test/transport-world.ts'
import { type AmqpTransportOptions, amqp } from '../src/index.ts'
import { World } from './world.ts'

const secret = 'Öffne-dich_42/@'
const absence = brokerAbsence('amqp')

/** Starts a transport that cannot start; what it says, and everything it has shown. */
async function refusal(options: AmqpTransportOptions) {
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

/** Both levels work. */
async function works(options: AmqpTransportOptions) {
  await using world = new World(options)
  const transport = await world.start()
  const listening = await listen(transport, inbox('billing'))
  await transport.publish(frameFor(inbox('billing'), 'kept'), inbox('billing'))
  await transport.publish(frameFor(inbox('billing'), 'once', once), inbox('billing'))
  await eventually('both arrive', () => listening.payloads.length === 2)
  return inspect([world.log, transport.health()], { depth: 20 })
}

describe.skipIf(absence !== undefined)(absence === undefined ? 'a connection' : `not run: ${absence}`, () => {
  let broker: AmqpBroker
  let directory: string
  let tlsPort: number
  const read = (name: string) => readFileSync(join(directory, name), 'utf8')
  const text = (value: string) => `<<${[...Buffer.from(value)].join(',')}>>`
  const encoded = encodeURIComponent(secret)
  /** A user with the rights to configure, write and read what fits these patterns. */
  const addUser = async (name: string, vhost: string, rights: readonly [string, string, string]) => {
    await broker.eval(`rabbit_auth_backend_internal:add_user(${text(name)}, ${text(secret)}, ${text('test')})`)
    const patterns = rights.map(text).join(', ')
    const args = `${text(name)}, ${text(vhost)}, ${patterns}, ${text('test')}`
    await broker.eval(`rabbit_auth_backend_internal:set_permissions(${args})`)
  }

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sm-amqp-tls-'))
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const files = ['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')]
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', ['req', '-x509', ...kind, ...files, ...subject], { stdio: 'pipe' })
    tlsPort = await freePort()
    broker = await startBroker('amqp', {
      config: [
        `listeners.ssl.1 = 127.0.0.1:${tlsPort}`,
        'ssl_options.certfile = DIRECTORY/cert.pem',
        'ssl_options.keyfile = DIRECTORY/key.pem',
      ],
      files: { 'cert.pem': read('cert.pem'), 'key.pem': read('key.pem') },
    })
    await addUser('shop', '/', ['.*', '.*', '.*'])
  }, 300_000)
  afterAll(async () => {
    await broker?.stop()
    rmSync(directory, { recursive: true, force: true })
  })

  it('is made with user and password, in the URL or beside it', async () => {
    const { port } = broker
    for (const options of [
      { url: `amqp://shop:${encoded}@127.0.0.1:${port}` },
      { url: `amqp://127.0.0.1:${port}/%2F`, user: 'shop', password: secret },
      { url: `amqp://127.0.0.1:${port}`, user: 'shop', password: secret, vhost: '/' },
    ]) {
      const shown = await works(options)
      for (const hidden of [secret, encoded]) expect(shown).not.toContain(hidden)
    }
  })

  it('is refused with a coded error when the credentials are wrong, which are never shown', async () => {
    const at = `127.0.0.1:${broker.port}`
    const wrong = `${secret}!`
    for (const options of [
      { url: `amqp://shop:${encodeURIComponent(wrong)}@${at}` },
      { url: `amqp://${at}`, user: 'shop', password: wrong },
      { url: `amqp://${at}`, user: 'nobody', password: wrong },
    ]) {
      const { error, shown } = await refusal(options)
      expect(error).toMatchObject({ code: 'SM_BROKER_AUTH', retryable: false })
      expect(error?.message).toContain(at)
      for (const hidden of [wrong, encodeURIComponent(wrong)]) expect(shown).not.toContain(hidden)
    }
  })

  it('is refused where the virtual host is missing or closed to the user', async () => {
    const at = `127.0.0.1:${broker.port}`
    const { error } = await refusal({ url: `amqp://shop:${encoded}@${at}/nowhere` })
    expect(error).toMatchObject({ code: 'SM_BROKER_AUTH' })
    expect(error?.message).toContain(at)
  })

  it('is refused where no connection is left, and asserts no reason that it does not know', async () => {
    await broker.eval('rabbit_vhost:put_vhost(<<"full">>, <<"d">>, <<>>, undefined, false, <<"me">>)')
    await addUser('late', 'full', ['.*', '.*', '.*'])
    await broker.eval('rabbit_vhost_limit:set(<<"full">>, [{<<"max-connections">>, 0}], <<"me">>)')
    const { error, shown } = await refusal({ url: `amqp://late:${encoded}@127.0.0.1:${broker.port}/full` })
    expect(error?.message).toMatch(/limit of connections/)
    expect(error?.message).not.toMatch(/password is wrong/)
    expect(shown).not.toContain(secret)
  })

  it('is refused where the user may not declare, and says what the user needs', async () => {
    await addUser('reader', '/', ['^$', '.*', '.*'])
    const { error, shown } = await refusal({ url: `amqp://reader:${encoded}@127.0.0.1:${broker.port}` })
    expect(error).toMatchObject({ code: 'SM_BROKER_AUTH' })
    expect(error?.message).toMatch(/configure, write and read/)
    expect(shown).not.toContain(secret)
  })

  it('works with the rights that the documentation names, and fails a subscription without them', async () => {
    await using world = new World({ url: broker.url })
    const names = `^${world.namespace}\\.`
    await addUser('narrow', '/', [names, `${names}|^amq\\.default$`, names])
    const url = `amqp://narrow:${encoded}@127.0.0.1:${broker.port}`
    const transport = await world.start({ url })
    let nacks = 1
    const listening = await listen(transport, inbox('billing'), {
      onDelivery: delivery =>
        nacks-- > 0 ? delivery.nack({ delayMs: 20 }) : delivery.reject({ code: 'X', message: 'x' }),
    })
    await transport.publish(frameFor(inbox('billing'), 1), inbox('billing'))
    await eventually('it comes back', () => listening.deliveries.length === 2)
    expect(listening.deliveries[1]?.attempt).toBe(2)
    await listening.subscription.close({ drain: true })
    expect(world.log).toEqual([])

    await addUser('publisher', '/', [`${names}(topics|inboxes)`, names, '^$'])
    const publisher = await world.start({ url: `amqp://publisher:${encoded}@127.0.0.1:${broker.port}` })
    await publisher.publish(frameFor(topic('order.placed'), 1), topic('order.placed'))
    await expect(listen(publisher, inbox('desk'))).rejects.toMatchObject({ code: 'SM_BROKER_AUTH' })
  })

  it('says which host and port do not answer', async () => {
    const port = await freePort()
    const { error, shown } = await refusal({ url: `amqp://shop:${encoded}@127.0.0.1:${port}` })
    expect(error).toMatchObject({ code: 'SM_BROKER_UNREACHABLE', retryable: true })
    expect(error?.message).toContain(`127.0.0.1:${port}`)
    expect(shown).not.toContain(encoded)
    expect((await refusal({ url: 'amqp://no-such-host.invalid' })).error).toMatchObject({
      code: 'SM_BROKER_UNREACHABLE',
    })
  })

  it('gives up on a server that takes the connection and says nothing, and on one that speaks something else', async () => {
    const greetings = ['', '+OK redis says hello\r\n']
    for (const greeting of greetings) {
      const other = createServer(socket => {
        socket.on('error', () => undefined)
        socket.resume()
        if (greeting) socket.end(greeting)
      })
      await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
      const { port } = other.address() as { port: number }
      const { error } = await refusal({ url: `amqp://127.0.0.1:${port}`, connectTimeoutMs: 1_000 })
      expect(error).toMatchObject({ code: 'SM_BROKER_UNREACHABLE' })
      await new Promise(resolve => other.close(resolve))
    }
  })

  it('is refused, and nothing else happens, when one of its two connections does not come about', async () => {
    let connections = 0
    const other = createServer(near => {
      near.on('error', () => undefined)
      connections += 1
      if (connections % 2 === 0) {
        near.destroy()
        return
      }
      const far = connect(broker.port, '127.0.0.1').on('error', () => near.destroy())
      near.pipe(far).pipe(near)
    })
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const { error, shown } = await refusal({ url: `amqp://shop:${encoded}@127.0.0.1:${port}` })
    expect(error).toMatchObject({ code: 'SM_BROKER_UNREACHABLE' })
    expect(connections).toBe(2)
    expect(shown).not.toContain(encoded)
    await new Promise(resolve => other.close(resolve))
  })

  it('is given up when the signal of the start aborts', async () => {
    const other = createServer(socket => void socket.resume().on('error', () => undefined))
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    await using world = new World({ url: `amqp://127.0.0.1:${port}` })
    const reason = new Error('changed my mind')
    const abort = new AbortController()
    const starting = world.make().start({ signal: abort.signal })
    other.once('connection', () => abort.abort(reason))
    await expect(starting).rejects.toBe(reason)
    // Nothing is left open: or this would never end.
    await new Promise(resolve => other.close(resolve))
  })

  it('is encrypted where that is asked for, and refused for a certificate that nobody vouches for', async () => {
    const url = `amqps://shop:${encoded}@localhost:${tlsPort}`
    const { error, shown } = await refusal({ url })
    expect(error).toMatchObject({ code: 'SM_BROKER_TLS' })
    expect(error?.message).toContain(`localhost:${tlsPort}`)
    expect(shown).not.toContain(encoded)
    await works({ url, tls: { ca: read('cert.pem') } })
    await works({ url, tls: { rejectUnauthorized: false } })
    const wrongName = await refusal({ url, tls: { ca: read('cert.pem'), servername: 'example.org' } })
    expect(wrongName.error).toMatchObject({ code: 'SM_BROKER_TLS' })
  })

  it('is refused where encryption is asked for and not offered', async () => {
    const { error } = await refusal({ url: `amqps://127.0.0.1:${broker.port}` })
    expect(error).toMatchObject({ code: 'SM_BROKER_TLS' })
  })

  it('does not show secrets when it is lost, either', async () => {
    await using world = new World({ url: `amqp://shop:${encoded}@127.0.0.1:${broker.port}` })
    const transport = await world.start()
    const events: unknown[] = []
    transport.on('state', event => events.push(event))
    await broker.closeConnections()
    await eventually('it is ready again', () => events.length === 2)
    const shown = inspect([events, world.log, transport.health()], { depth: 20 })
    for (const hidden of [secret, encoded]) expect(shown).not.toContain(hidden)
  })

  it('is chosen by its URL', async () => {
    await using agent = await createAgent('billing', { namespace: 'by-url', transports: [broker.url] })
    const { transports } = await agent.health()
    expect(JSON.stringify(transports)).toMatch(/RabbitMQ \d/)
    expect(JSON.stringify(await agent.health())).not.toContain('guest:guest')
  })

  it.each([
    ['an unknown scheme', { url: 'http://localhost' }, 'url'],
    ['no URL', { url: 'localhost' }, 'url'],
    ['a query', { url: 'amqp://localhost?heartbeat=5' }, 'url'],
    ['a vhost that is not encoded', { url: 'amqp://localhost/a/b' }, 'url'],
    ['a broken escape', { url: 'amqp://user:%zz@localhost' }, 'url'],
    ['an unknown kind of queues', { queues: 'lazy' }, 'queues'],
    ['a death that comes too soon', { heartbeatMs: 100, deadAfterMs: 500 }, 'deadAfterMs'],
  ])('is refused for %s', (_, options, option) => {
    const world = new World({})
    const make = () => amqp.definition.create(options as AmqpTransportOptions, world.context())
    expect(make).toThrow(
      expect.objectContaining({ code: 'SM_TRANSPORT_CONFIG', details: { transport: 'amqp', option } }),
    )
  })
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameFor, inbox, listen, once, topic } from '../../../tooling/test/transport-world.ts'
import type { NatsTransportOptions } from '../src/index.ts'
import { Operator, secretsOf } from './trust.ts'
import { World } from './world.ts'

const operator = new Operator()
const Doubled = defineMessage('number.doubled', { schema: unchecked<number>(), reply: unchecked<number>() })

describeWithBroker('nats', { config: operator.config }, broker => {
  let directory: string
  let files = 0

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sm-nats-creds-'))
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  function written(credentials: string): string {
    files += 1
    const file = join(directory, `${files}.creds`)
    writeFileSync(file, credentials, { mode: 0o600 })
    return file
  }

  /** Starts a transport that cannot start; its error. Nothing that it shows holds a secret of its credentials. */
  async function refusal(options: NatsTransportOptions & { readonly credentials: string }) {
    await using world = new World({ url: broker().url, connectTimeoutMs: 5_000, ...options })
    const transport = world.make()
    const error = await Promise.resolve(transport.start()).catch((thrown: unknown) => thrown)
    const shown = inspect([error, world.log, transport.health()], { depth: 20 })
    for (const secret of secretsOf(options.credentials)) expect(shown).not.toContain(secret)
    return error
  }

  it('are read from a file, or given as text; both levels work, and requests', async () => {
    const credentials = operator.kept.credentials()
    const { url } = broker()
    for (const options of [
      { url, credentialsFile: written(credentials) },
      { url, credentials },
    ]) {
      await using world = new World(options)
      const transport = await world.start()
      expect(transport.capabilities.delivery).toEqual({ 'at-most-once': 'accepted', 'at-least-once': 'persisted' })
      const listening = await listen(transport, inbox('billing'))
      for (const level of ['at-least-once', 'at-most-once'] as const) {
        await transport.publish(frameFor(inbox('billing'), level, { delivery: level }), inbox('billing'))
      }
      await eventually('both arrive', () => listening.payloads.length === 2)
      const shown = inspect([world.log, transport.health()], { depth: 20 })
      for (const secret of secretsOf(credentials)) expect(shown).not.toContain(secret)

      const transports = { nats: options }
      const { namespace } = world
      await using billing = await createAgent('desk', { namespace, transports })
      await billing.subscribe(Doubled, number => number * 2).ready
      await using shop = await createAgent('shop', { namespace, transports })
      expect(await shop.request(Doubled, 21, { to: 'desk' })).toBe(42)
    }
  })

  it('are shown again when the connection was lost', async () => {
    await using world = new World({ url: broker().url, credentials: operator.kept.credentials() })
    const [producer, consumer] = [await world.start(), await world.start()]
    const listening = await listen(consumer, 'order.*')
    await broker().restart()
    await eventually('they are back', () => producer.state === 'ready' && consumer.state === 'ready')
    await producer.publish(frameFor(topic('order.placed'), 1), topic('order.placed'))
    await eventually('it arrives', () => listening.payloads.length === 1)
  })

  it('are refused when they have expired, are of strangers, or were changed', async () => {
    const good = operator.kept.credentials()
    const [jwt = '', seed = ''] = secretsOf(operator.kept.credentials())
    for (const credentials of [
      operator.kept.credentials({ expiresAt: Date.now() - 60_000 }),
      new Operator().kept.credentials(),
      good.replace(secretsOf(good)[1] ?? '', seed),
      good.replace(secretsOf(good)[0] ?? '', `${jwt.slice(0, -8)}AAAAAAAA`),
    ]) {
      const error = await refusal({ credentials })
      expect(error).toMatchObject({ code: 'SM_BROKER_AUTH', retryable: false })
      expect((error as Error).message).toContain(`127.0.0.1:${broker().port}`)
    }
    await using world = new World({ url: broker().url })
    await expect(Promise.resolve(world.make().start()), 'None at all').rejects.toMatchObject({ code: 'SM_BROKER_AUTH' })
  })

  it('that expire while they are used end the connection, and it says why', async () => {
    const credentials = operator.kept.credentials({ expiresAt: Date.now() + 4_500 })
    await using world = new World({ url: broker().url, credentials })
    const transport = await world.start()
    await eventually('it is told', () => world.log.some(line => line.includes('SM_BROKER_AUTH')))
    expect(transport.state).toBe('degraded')
    const shown = inspect([world.log, transport.health()], { depth: 20 })
    for (const secret of secretsOf(credentials)) expect(shown).not.toContain(secret)
  })

  it('that are renewed in their file let a transport come back', async () => {
    const credentialsFile = written(operator.kept.credentials({ expiresAt: Date.now() + 4_500 }))
    await using world = new World({ url: broker().url, credentialsFile })
    const transport = await world.start()
    writeFileSync(credentialsFile, operator.kept.credentials())
    const events: string[] = []
    transport.on('state', ({ state }) => void events.push(state))
    await eventually('it was cut off, and is back', () => events.includes('degraded') && transport.state === 'ready')
  })

  it('of a user without rights fail what is asked for, and say what is missing', async () => {
    for (const subscribe of ['elsewhere', '_INBOX.>']) {
      const credentials = operator.kept.credentials({ publish: ['elsewhere'], subscribe: [subscribe] })
      await using world = new World({ url: broker().url, credentials })
      const transport = await world.start()
      expect(transport.capabilities.delivery['at-least-once']).toBeUndefined()
      expect(world.log.join()).toMatch(/SM_NATS_JETSTREAM/)
      const publish = async () => transport.publish(frameFor(topic('a'), 1, once), topic('a'))
      await expect(publish()).rejects.toMatchObject({ code: 'SM_BROKER_AUTH' })
      await expect(listen(transport, 'a')).rejects.toMatchObject({ code: 'SM_BROKER_AUTH' })
      for (const secret of secretsOf(credentials)) expect(world.log.join()).not.toContain(secret)
    }
  })

  it('of a user with the rights that the guide names are enough', async () => {
    await using world = new World({ url: broker().url })
    const { namespace } = world
    const publish = [`${namespace}.>`, '$JS.API.>', `$JS.ACK.${namespace}.>`, '_INBOX.>']
    const subscribe = [`${namespace}.>`, '_INBOX.>', '$JS.EVENT.ADVISORY.CONSUMER.>']
    const credentials = operator.kept.credentials({ publish, subscribe })
    const transport = await world.start({ credentials })
    const listening = await listen(transport, 'order.#', { durable: true })
    for (const level of ['at-least-once', 'at-most-once'] as const) {
      await transport.publish(frameFor(topic('order.placed'), level, { delivery: level }), topic('order.placed'))
    }
    await eventually('both arrive', () => listening.payloads.length === 2)
    expect(world.log).toEqual([])
  })

  it('of an account without JetStream offer at most once alone, and say why', async () => {
    await using world = new World({ url: broker().url, credentials: operator.plain.credentials() })
    const transport = await world.start()
    expect(transport.capabilities.delivery).toEqual({ 'at-most-once': 'accepted' })
    expect(world.log.join()).toContain('SM_NATS_JETSTREAM')
    const listening = await listen(transport, 'order.#')
    await transport.publish(frameFor(topic('order'), 1, once), topic('order'))
    await eventually('it arrives', () => listening.payloads.length === 1)
  })

  it('keep the accounts apart, also in one namespace', async () => {
    const { url } = broker()
    await using world = new World({ url })
    const one = await world.start({ credentials: operator.kept.credentials() })
    const other = await world.start({ credentials: operator.plain.credentials() })
    const listening = await listen(one, 'order')
    const receipt = await other.publish(frameFor(topic('order'), 1, once), topic('order'))
    expect(receipt.evidence).toBe('none')
    expect(listening.payloads).toEqual([])
  })
})

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrokerName, BrokerOptions, BrokerTypes } from './broker.ts'
import { amqp } from './kinds/amqp.ts'
import type { Kind } from './kinds/kind.ts'
import { nats } from './kinds/nats.ts'
import { redis } from './kinds/redis.ts'
import { type Located, locate } from './locate.ts'
import { OwnedServer, type Plan } from './owned-server.ts'
import { freePort } from './ports.ts'
import { RabbitMqServer } from './rabbitmq-server.ts'

type Kinds = { readonly [N in BrokerName]: Kind<BrokerOptions[N]> }

/** Every sort of broker. */
export const kinds: Kinds = { redis, nats, amqp }

/** How often a start is repeated with another port, because somebody else was quicker to take it. */
const mostPorts = 5
const located = new Map<BrokerName, Promise<Located>>()

/**
 * Starts a server that belongs to this process, with a directory and a port of its own, and resolves when it answers. Where
 * its program is missing, it is installed or run in Docker; throws an error that says what to install when neither
 * can be, and one with the end of the server's log when that does not start.
 *
 * @example
 * await using broker = await startBroker('redis', { password: 'secret' })
 * const client = new Redis(broker.url)
 */
export async function startBroker<N extends BrokerName>(name: N, options?: BrokerOptions[N]): Promise<BrokerTypes[N]> {
  const given: BrokerOptions[N] = options ?? {}
  for (let tries = 1; ; tries++) {
    const plan = await makePlan(name, given)
    const server = name === 'amqp' ? new RabbitMqServer(plan) : new OwnedServer(plan)
    try {
      await server.start()
      return server as BrokerTypes[BrokerName] as BrokerTypes[N]
    } catch (error) {
      await server.stop()
      if (tries === mostPorts || given.port !== undefined || !isTaken(error)) throw error
    }
  }
}

/** The words of the three servers when they cannot listen. */
function isTaken(error: unknown): boolean {
  return /address already in use|eaddrinuse/i.test(String(error))
}

function find(name: BrokerName): Promise<Located> {
  const known = located.get(name) ?? locate(kinds[name].program)
  located.set(name, known)
  return known
}

async function makePlan<N extends BrokerName>(name: N, options: BrokerOptions[N]): Promise<Plan> {
  const kind: Kind<BrokerOptions[N]> = kinds[name]
  const how = await find(name)
  const directory = await mkdtemp(join(tmpdir(), 'sm-broker-'))
  const place = {
    directory,
    host: how.by === 'docker' ? '0.0.0.0' : '127.0.0.1',
    port: options.port ?? (await freePort()),
    controlPort: await freePort(),
  }
  const config = options.config?.map(line => line.replaceAll('DIRECTORY', directory)) ?? []
  for (const [file, text] of Object.entries(options.files ?? {})) {
    await writeFile(join(directory, file), text, { mode: 0o600 })
  }
  return {
    name,
    title: kind.title,
    url: kind.url(place.port, options),
    located: how,
    place,
    prepare: () => kind.prepare(place, { ...options, config }, how.by === 'program' ? how.path : undefined),
    hello: kind.hello,
    isReady: kind.isReady,
    startTimeoutMs: kind.startTimeoutMs,
  }
}

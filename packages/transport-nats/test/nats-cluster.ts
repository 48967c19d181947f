import { connect } from '@nats-io/transport-node'
import { type Broker, freePort, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'

const mostTries = 5

/** Starts servers that are to find each other; leaves none running when one of them does not start. */
async function startServers(count: number): Promise<Broker[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  const routes = [...ports].map(port => `"nats-route://127.0.0.1:${port}"`).join(', ')
  const starts = await Promise.allSettled(
    [...ports].map((port, i) => {
      const cluster = `cluster { name: test, listen: "127.0.0.1:${port}", routes: [${routes}] }`
      return startBroker('nats', { config: [`server_name: server-${i}`, cluster] })
    }),
  )
  const servers = starts.filter(start => start.status === 'fulfilled').map(({ value }) => value)
  const failed = starts.find(start => start.status === 'rejected')
  if (!failed) return servers
  await Promise.all(servers.map(server => server.stop()))
  throw failed.reason
}

/** Servers of our own with routes to each other. `await using` ends them. */
export class NatsCluster implements AsyncDisposable {
  readonly servers: readonly Broker[]
  /** Of nats-server. */
  version = ''

  private constructor(servers: readonly Broker[]) {
    this.servers = servers
  }

  /** Resolves when JetStream has a leader that answers. */
  static async start(count: number): Promise<NatsCluster> {
    for (let tries = 1; ; tries++) {
      try {
        const cluster = new NatsCluster(await startServers(count))
        await cluster.settled()
        return cluster
      } catch (error) {
        // Somebody else was quicker to take a port for routes.
        if (tries === mostTries || !String(error).includes('address already in use')) throw error
      }
    }
  }

  get urls(): string[] {
    return this.servers.map(({ url }) => url)
  }

  /** The server at this address. */
  at(host: unknown): Broker {
    const found = this.servers.find(({ port }) => `127.0.0.1:${port}` === host)
    if (!found) throw new RangeError(`No server is at ${host}`)
    return found
  }

  /** Resolves when each server that runs has seen all others that run, and JetStream answers it. */
  async settled(): Promise<void> {
    const running = this.servers.filter(server => server.running)
    for (const { url } of running) {
      await eventually(`${url} is one of the cluster`, async () => {
        const client = await connect({ servers: url, reconnect: false, ignoreClusterUpdates: false })
        try {
          this.version = client.info?.version ?? ''
          const known = client.info?.connect_urls?.length ?? 0
          const { data } = await client.request('$JS.API.INFO', '', { timeout: 1_000 })
          return known >= running.length && !new TextDecoder().decode(data).includes('"error"')
        } catch {
          // Nobody leads yet.
          return false
        } finally {
          await client.close()
        }
      })
    }
  }

  /** The server that leads the only consumer of a stream. */
  async leaderOf(stream: string): Promise<Broker> {
    const { url } = this.servers.find(({ running }) => running) as Broker
    const client = await connect({ servers: url, reconnect: false })
    try {
      const name = await eventually('somebody leads it', async () => {
        const list = await client.request(`$JS.API.CONSUMER.LIST.${stream}`, '').catch(() => undefined)
        const { consumers = [] } = list?.json<{ consumers?: { cluster?: { leader?: string } }[] }>() ?? {}
        return consumers[0]?.cluster?.leader
      })
      return this.servers[Number(name.slice('server-'.length))] as Broker
    } finally {
      await client.close()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map(server => server.stop()))
  }
}

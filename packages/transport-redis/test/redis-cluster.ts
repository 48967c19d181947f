import { Redis } from 'ioredis'
import { type Broker, freePort, startBroker } from '../../../tooling/brokers/index.ts'
import { eventually } from '../../../tooling/test/eventually.ts'

/** Hash slots of every cluster. */
const slots = 16_384

/** A node of a cluster. */
export interface ClusterNode {
  readonly broker: Broker
  readonly admin: Redis
  /** The name of it among the other nodes. */
  readonly id: string
}

/** How soon nodes take one of them for dead, in milliseconds. */
const nodeTimeoutMs = 2_000

const mostTries = 5

async function startServer(): Promise<Broker> {
  const config = ['cluster-enabled yes', `cluster-node-timeout ${nodeTimeoutMs}`, 'cluster-replica-validity-factor 0']
  for (let tries = 1; ; tries++) {
    try {
      // Not the port of clients plus 10,000, which may be taken.
      return await startBroker('redis', { config: [...config, `cluster-port ${await freePort()}`] })
    } catch (error) {
      // Somebody else was quicker to take the port.
      if (tries === mostTries || !/address already in use/i.test(String(error))) throw error
    }
  }
}

async function startNode(): Promise<ClusterNode> {
  const broker = await startServer()
  const admin = new Redis(broker.url)
  admin.on('error', () => undefined)
  return { broker, admin, id: String(await admin.call('CLUSTER', 'MYID')) }
}

/** A cluster of servers of our own, each primary with the same share of the slots. `await using` ends it. */
export class RedisCluster implements AsyncDisposable {
  readonly nodes: readonly ClusterNode[]

  private constructor(nodes: readonly ClusterNode[]) {
    this.nodes = nodes
  }

  static async start(primaries: number): Promise<RedisCluster> {
    const nodes = await Promise.all(Array.from({ length: primaries }, startNode))
    const cluster = new RedisCluster(nodes)
    await Promise.all(
      nodes.map(({ admin }, i) => {
        const first = Math.floor((i * slots) / primaries)
        return admin.call('CLUSTER', 'ADDSLOTSRANGE', first, Math.floor(((i + 1) * slots) / primaries) - 1)
      }),
    )
    for (const node of nodes.slice(1)) await cluster.#meet(node)
    await eventually('the cluster stands', () => cluster.isWhole())
    return cluster
  }

  get urls(): string[] {
    return this.nodes.map(({ broker }) => broker.url)
  }

  /** Adds a replica of a node, and resolves when that has all its data. */
  async replicate(primary: ClusterNode): Promise<ClusterNode> {
    const node = await startNode()
    ;(this.nodes as ClusterNode[]).push(node)
    await this.#meet(node)
    await eventually('they know each other', () => knows(node, primary))
    await node.admin.call('CLUSTER', 'REPLICATE', primary.id)
    await eventually('it follows', async () => (await node.admin.info('replication')).includes('master_link_status:up'))
    await eventually('all know it', async () => {
      const known = await Promise.all(this.nodes.map(each => knows(each, node)))
      return known.every(Boolean)
    })
    return node
  }

  /** Whether every node that runs thinks that all slots are served. */
  async isWhole(): Promise<boolean> {
    const running = this.nodes.filter(({ broker }) => broker.running)
    const infos = await Promise.all(running.map(({ admin }) => admin.call('CLUSTER', 'INFO')))
    return infos.every(info => /cluster_state:ok/.test(String(info)))
  }

  /** The primary that has this key. */
  async ownerOf(key: string): Promise<ClusterNode> {
    const slot = await this.slotOf(key)
    for (const { broker, admin } of this.nodes) {
      if (!broker.running) continue
      const ranges = (await admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number, string]][]
      const [, , [, , id]] = ranges.find(([first, last]) => first <= slot && slot <= last) ?? [0, 0, ['', 0, '']]
      const owner = this.nodes.find(node => node.id === id)
      if (owner) return owner
    }
    throw new RangeError(`Nobody has the slot ${slot}`)
  }

  async slotOf(key: string): Promise<number> {
    const node = this.nodes.find(({ broker }) => broker.running)
    return Number(await node?.admin.call('CLUSTER', 'KEYSLOT', key))
  }

  /** Moves a slot with its keys, as `redis-cli --cluster reshard` does. */
  async move(slot: number, from: ClusterNode, to: ClusterNode): Promise<void> {
    await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
    await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
    for (;;) {
      const keys = (await from.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[]
      if (keys.length === 0) break
      await from.admin.call('MIGRATE', '127.0.0.1', to.broker.port, '', 0, 10_000, 'KEYS', ...keys)
    }
    for (const { admin } of [to, from, ...this.nodes.filter(node => node !== to && node !== from)]) {
      await admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id)
    }
  }

  async #meet({ admin }: ClusterNode): Promise<void> {
    const [{ broker }] = this.nodes as [ClusterNode]
    const bus = String(await this.nodes[0]?.admin.config('GET', 'cluster-port')).split(',')[1]
    await admin.call('CLUSTER', 'MEET', '127.0.0.1', broker.port, Number(bus))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { admin } of this.nodes) admin.disconnect()
    await Promise.all(this.nodes.map(({ broker }) => broker.stop()))
  }
}

async function knows(one: ClusterNode, other: ClusterNode): Promise<boolean> {
  return String(await one.admin.call('CLUSTER', 'NODES')).includes(other.id)
}

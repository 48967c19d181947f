import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Agent, type AgentOptions, createAgent, type Header } from '@sm/core'
import { transportNamed } from '@sm/core/transport'
import '@sm/transport-named-pipes'
import '@sm/transport-nats'
import '@sm/transport-redis'
import { Program } from '../../../tooling/test/program.ts'
import { listen, TransportWorld } from '../../../tooling/test/transport-world.ts'
import type { BridgeHealth, BridgeOptions } from '../src/index.ts'
import { GetQuote, Placed } from './bridge-world.ts'

/** A wire by its name, with options that can go to another process. */
export type Wire = { readonly [name: string]: object }

/** Short times, so that a member that was killed is noticed soon. */
export const quick = { heartbeatMs: 150, deadAfterMs: 1_500, reconnect: { initialMs: 10, maxMs: 100 } }

/** A frame as it came on the far side, before anybody has looked whether it came before. */
interface Arrival {
  readonly header: Header
  readonly n: number
}

/** Two wires, agents on both, and instances of a bridge between them in processes of their own. */
export class TwoWires implements AsyncDisposable {
  readonly namespace = `bridge-${randomBytes(6).toString('hex')}`
  /** Ids of messages whose publish resolved, in order of each sender. */
  readonly acknowledged = new Map<string, string[]>()
  /** What came on the far side, repeats included. */
  readonly arrivals: Arrival[] = []
  readonly instances: Program[] = []
  readonly #near: Wire
  readonly #far: Wire
  readonly #agents: Agent[] = []
  readonly #watching: TransportWorld<object>

  private constructor(near: Wire, far: Wire) {
    this.#near = near
    this.#far = far
    const [[name, options]] = Object.entries(far) as [[string, object]]
    const definition = transportNamed(name) as NonNullable<ReturnType<typeof transportNamed>>
    this.#watching = new TransportWorld(definition as never, options)
  }

  /** Sides are there, and the far one is watched. */
  static async between(near: Wire, far: Wire): Promise<TwoWires> {
    const wires = new TwoWires(near, far)
    const transport = await wires.#watching.start()
    const onDelivery: Parameters<typeof listen>[2] = {
      group: 'watcher',
      prefetch: 1_000,
      onDelivery: delivery => {
        const { header, body } = delivery.frame
        wires.arrivals.push({ header, n: (body.value() as { n: number }).n })
        delivery.ack()
      },
    }
    await listen(transport, Placed.type, onDelivery)
    return wires
  }

  /** Starts so many instances of the bridge, and resolves when they are ready. */
  async start(count: number, options: Partial<BridgeOptions> = {}): Promise<readonly Program[]> {
    const config = {
      from: { transport: this.#near, namespace: this.namespace },
      to: { transport: this.#far, namespace: this.#watching.namespace },
      ...{ types: ['order.#', 'quote.*'], agents: ['pricing'] },
      ...options,
    }
    const file = new URL('programs/bridge.ts', import.meta.url)
    const started = Array.from({ length: count }, () => new Program(file, config))
    this.instances.push(...started)
    await Promise.all(started.map(each => each.heard('ready')))
    return started
  }

  async agent(id: string, side: 'near' | 'far', options: AgentOptions = {}): Promise<Agent> {
    const agent = await createAgent(id, {
      namespace: side === 'near' ? this.namespace : this.#watching.namespace,
      transports: (side === 'near' ? this.#near : this.#far) as AgentOptions['transports'] & object,
      ...options,
    })
    this.#agents.push(agent)
    return agent
  }

  /** Publishes messages with the numbers from `first` on, one after the other, and writes down which were acknowledged. */
  async publish(agent: Agent, first: number, count: number): Promise<void> {
    const ids = this.acknowledged.get(agent.id) ?? []
    this.acknowledged.set(agent.id, ids)
    for (let n = first; n < first + count; n++) ids.push((await agent.publish(Placed, { n })).id)
  }

  get acknowledgedIds(): readonly string[] {
    return [...this.acknowledged.values()].flat()
  }

  /** Messages that were acknowledged and have not come. */
  get missing(): readonly string[] {
    const came = new Set(this.arrivals.map(({ header }) => header.id))
    return this.acknowledgedIds.filter(id => !came.has(id))
  }

  /** Ids of one sender as they came first. */
  arrivedOf({ id }: Agent): readonly string[] {
    const own = this.arrivals.filter(({ header }) => header.from.split('/')[0] === id)
    return [...new Set(own.map(({ header }) => header.id))]
  }

  async health(instance: Program): Promise<BridgeHealth> {
    return (await instance.ask('health')).health as BridgeHealth
  }

  /** The sum of a counter of those that run. */
  async counted(counter: keyof BridgeHealth['counters']): Promise<number> {
    const running = this.instances.filter(({ end }) => end === undefined)
    const healths = await Promise.all(running.map(each => this.health(each)))
    return healths.reduce((sum, { counters }) => sum + counters[counter], 0)
  }

  /** An agent of the far side that answers: a number for a number, an error for what is none. */
  async answering(): Promise<Agent> {
    const pricing = await this.agent('pricing', 'far')
    await pricing.subscribe(GetQuote, ({ sku }) => {
      if (Number.isNaN(Number(sku))) throw new RangeError('No such thing')
      return Number(sku) * 2
    })
    return pricing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.instances.map(each => each.kill()))
    await Promise.all(this.#agents.map(agent => agent.stop({ drain: false })))
    await this.#watching[Symbol.asyncDispose]()
  }
}

/** A directory for named pipes, and what removes it. */
export async function pipesBase(): Promise<{ readonly base: string } & AsyncDisposable> {
  const base = await mkdtemp(join(tmpdir(), 'sm-bridge-'))
  return { base, [Symbol.asyncDispose]: () => rm(base, { recursive: true, force: true }) }
}

import { type Agent, createAgent, defineMessage, unchecked } from '@sm/core'
import { createSeededRandom, type Frame, type Random } from '@sm/core/transport'
import { brokerWireOf } from '../broker/broker-wire.ts'
import { EventLoop } from '../clock/event-loop.ts'
import { ProcessClock } from '../clock/process-clock.ts'
import { Endpoint } from '../network/endpoint.ts'
import { Network } from '../network/network.ts'
import type { OpenWire } from '../wire.ts'
import { startMs } from '../world.ts'
import { CountingBroker } from './counting-broker.ts'
import { deaf } from './deaf.ts'
import { Speakers } from './speakers.ts'
import { wordOf } from './word.ts'

const namespace = 'growth'
/** How long each message takes, in milliseconds: all the same, so that none overtakes another, as on brokers of real kinds. */
const delayMs = 5
/** What each agent handles, so that its card says as much as one of a small service. */
const handled = ['placed', 'paid', 'sent'].map(word => defineMessage(`order.${word}`, { schema: unchecked<number>() }))
/** How many instances an agent has. */
const instancesOfOne = 10

/** Agents on one broker, which say nothing but that they are there. Some of them may only speak: {@link Speakers}. */
export class GrowingFleet {
  readonly loop = new EventLoop({ startMs, maxEvents: Number.MAX_SAFE_INTEGER })
  /** Those that hear the others. */
  readonly agents: Agent[] = []
  readonly #random: Random
  readonly #wire: OpenWire
  readonly #speakers: Speakers
  #broker!: CountingBroker
  #size = 0
  #starting = 0

  constructor(seed: number) {
    this.#random = createSeededRandom(seed)
    const clock = this.loop
    const network = new Network({ clock, random: this.#branch(), delayMs: { minMs: delayMs, maxMs: delayMs } })
    const wire = brokerWireOf(deps => {
      this.#broker = new CountingBroker(deps, (topic, bytes) => this.#speakers.heard(topic, bytes))
      return this.#broker
    })
    this.#wire = wire.open({ name: 'bus', clock, random: this.#branch(), network, wiped: () => undefined })
    this.#speakers = new Speakers({ clock, random: this.#branch(), namespace, broker: () => this.#broker, fleet: this })
  }

  get broker(): CountingBroker {
    return this.#broker
  }

  /** How many instances there are, those that only speak among them. */
  get size(): number {
    return this.#size
  }

  /** Whether some of those that hear have not started yet. */
  get isStarting(): boolean {
    return this.#starting > 0
  }

  /** An agent comes up, with all that it needs. */
  async start(): Promise<void> {
    this.#starting += 1
    const endpoint = new Endpoint(`host-${this.#size}`)
    this.agents.push(await this.#create(this.loop, this.#wire.choice({ endpoint, site: 0 })))
    this.#starting -= 1
  }

  /** An agent comes up that only speaks. */
  async startSpeaker(): Promise<void> {
    const clock = new ProcessClock(this.loop)
    const endpoint = new Endpoint(`host-${this.#size}`)
    const speaks = (frame: Frame): boolean => {
      const { is } = wordOf(frame)
      if (is === 'alive') {
        clock.end()
        endpoint.end('killed')
        this.#speakers.goOn(frame)
      } else if (is === 'here') this.#speakers.introduced(frame)
      // Its question counts as answered as soon as it was asked.
      return is === 'here'
    }
    await this.#create(clock, deaf(this.#wire.choice({ endpoint, site: 0 }), speaks))
  }

  async #create(clock: EventLoop | ProcessClock, choice: ReturnType<OpenWire['choice']>): Promise<Agent> {
    const id = `service-${Math.floor(this.#size / instancesOfOne)}`
    this.#size += 1
    const agent = await createAgent(id, {
      ...{ namespace, clock, logger: 'silent', transports: [choice], random: this.#branch() },
    })
    for (const message of handled) void agent.subscribe(message, () => undefined)
    return agent
  }

  #branch(): Random {
    return createSeededRandom(this.#random.uint32())
  }
}

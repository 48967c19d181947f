import { createMemoryDeduplication } from '@sm/core'
import { publishOutcome, smError, type TransportReceipt } from '@sm/core/transport'
import { Broker } from '../src/broker/broker.ts'
import { BrokerQueue, type BrokerQueueDeps, type QueuedFrame, type QueueMember } from '../src/broker/broker-queue.ts'
import type { BrokerSession } from '../src/broker/broker-session.ts'
import { brokerWireOf } from '../src/broker/broker-wire.ts'
import type { PublishPacket, QueueSpec } from '../src/broker/packets.ts'
import type { FaultKind, FaultOptions } from '../src/faults/fault.ts'
import type { SimulationOptions } from '../src/options.ts'
import type { CreateStore } from '../src/processes/guarded-store.ts'
import { brokerOptions, fleet, fleetWires } from '../src/scenario/fleet.ts'
import { type Misbehaviour, misbehaving } from './misbehaving.ts'

/** A fault of the library that somebody might make, and the rules of which at least one must notice it. */
export interface PlantedBug {
  readonly name: string
  readonly rules: readonly string[]
  /** The run with the fault in it. */
  plant(seed: number): SimulationOptions
}

const onWire = (name: keyof typeof fleetWires, misbehaviour: Misbehaviour) => (seed: number) => ({
  ...fleet(seed),
  wires: { ...fleetWires, [name]: misbehaving(fleetWires[name], misbehaviour) },
})

/** Every agent has the bus and nothing else: no other wire makes good what it does wrong. */
const onBusAlone = (misbehaviour: Misbehaviour) => (seed: number) => ({
  ...fleet(seed),
  wires: { bus: misbehaving(fleetWires.bus, misbehaviour) },
  agents: fleet(seed).agents.map(agent => ({ ...agent, wires: ['bus'] })),
})

/** Many faults of one kind. */
const only = (kind: FaultKind): FaultOptions => ({ ...fleet(0).faults, kinds: [kind], count: 16, maxMs: 1_000 })

const withStore = (createStore: CreateStore) => (seed: number) => ({ ...fleet(seed), createStore })

type CreateQueue = (spec: QueueSpec, deps: BrokerQueueDeps) => BrokerQueue

/** The bus alone, over a broker whose queues are other ones: what one wire loses, no other brings. */
const withQueue = (createQueue: CreateQueue) =>
  withBroker(
    class extends Broker {
      protected override createQueue(spec: QueueSpec, deps: BrokerQueueDeps): BrokerQueue {
        return createQueue(spec, deps)
      }
    },
  )

const withBroker = (Kind: typeof Broker) => (seed: number) => ({
  ...fleet(seed),
  wires: { bus: brokerWireOf(deps => new Kind(deps), brokerOptions) },
  agents: fleet(seed).agents.map(agent => ({ ...agent, wires: ['bus'] })),
})

class TwiceQueue extends BrokerQueue {
  readonly #joined = new Set<QueueMember>()

  override join(member: QueueMember): void {
    this.#joined.add(member)
    super.join(member)
  }

  override leave(member: QueueMember, died: boolean): void {
    this.#joined.delete(member)
    super.leave(member, died)
  }

  protected override hand(frame: QueuedFrame, member: QueueMember): void {
    super.hand(frame, member)
    const other = [...this.#joined].find(each => each !== member)
    if (other) super.hand({ ...frame }, other)
  }
}

class ForgetfulQueue extends BrokerQueue {
  protected override giveBack(): void {}
}

class RepeatingQueue extends BrokerQueue {
  override pushOnce(bytes: Uint8Array): void {
    super.pushOnce(bytes)
    super.pushOnce(bytes)
  }
}

class HoardingQueue extends BrokerQueue {
  override get size(): number {
    return super.size + this.#settled
  }

  #settled = 0

  override settle(...settled: Parameters<BrokerQueue['settle']>): void {
    this.#settled += 1
    super.settle(...settled)
  }
}

class HastyBroker extends Broker {
  override publish(packet: PublishPacket, session: BrokerSession): void {
    if (packet.kept) session.confirm(packet.number, 1)
    super.publish(packet, session)
  }
}

const memory: CreateStore = options => createMemoryDeduplication(options)

/** The same runs without a planted fault: what is found with one is not found without. */
export const controls: Readonly<Record<string, (seed: number) => SimulationOptions>> = {
  'the bus alone': onBusAlone({}),
  'the bus alone, with restarts': seed => ({ ...onBusAlone({})(seed), faults: only('restart') }),
  'the bus alone, with a broker that crashes': seed => ({ ...withBroker(Broker)(seed), faults: only('broker-crash') }),
  'wires that are wrapped': onWire('lan', {}),
}

/** Faults that must not go unnoticed. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'a store forgets to claim',
    rules: ['nothing-twice'],
    plant: withStore(options => ({ ...memory(options), claim: () => 'claimed' })),
  },
  {
    name: 'a store never releases a claim',
    rules: ['nothing-lost', 'bounded-queues'],
    plant: withStore(options => ({ ...memory(options), release: () => undefined })),
  },
  {
    name: 'a store forgets what was handled',
    rules: ['nothing-twice'],
    plant: withStore(options => {
      const store = memory(options)
      return { ...store, commit: store.release }
    }),
  },
  {
    name: 'a wire acks before the handler is done',
    rules: ['nothing-lost'],
    plant: onWire('lan', {
      onDelivery: take => delivery => {
        delivery.ack()
        take(delivery)
      },
    }),
  },
  {
    name: 'a wire drops what it has when it is lost',
    rules: ['nothing-lost'],
    plant: onBusAlone({
      publish: (publish, transport) => (frame, address, options) => {
        const dropped = Promise.withResolvers<TransportReceipt>()
        const unlisten = transport.on('state', ({ state }) => {
          if (state !== 'degraded') return
          transport.recall?.(each => each === frame)
          dropped.resolve({ evidence: 'persisted', copies: 1 })
        })
        return Promise.race([publish(frame, address, options).finally(unlisten), dropped.promise])
      },
    }),
  },
  {
    name: 'a wire forgets to say that a publish has failed',
    rules: ['every-publish-ends'],
    plant: onWire('bus', {
      publish: publish => (frame, address, options) =>
        publish(frame, address, options).catch(() => new Promise<never>(() => {})),
    }),
  },
  {
    name: 'a wire says failed where it cannot know',
    rules: ['failed-means-nobody'],
    plant: onBusAlone({
      publish: publish => (frame, address, options) =>
        publish(frame, address, options).catch(error => {
          if (publishOutcome(error) === 'failed') throw error
          throw smError('SM_PUBLISH_FAILED', 'It has failed', { details: { outcome: 'failed' }, cause: error })
        }),
    }),
  },
  {
    name: 'a wire brings frames in another order',
    rules: ['key-order'],
    plant: onWire('lan', {
      onDelivery:
        (take, { clock, random }) =>
        delivery =>
          void clock.schedule(() => take(delivery), random.uint32() % 500),
    }),
  },
  {
    name: 'a broker hands a frame to two members',
    rules: ['no-repeat-when-calm'],
    plant: withQueue((spec, deps) => new TwiceQueue(spec, deps)),
  },
  {
    name: 'a broker hands to two members what is sent at most once',
    rules: ['at-most-once'],
    plant: withQueue((spec, deps) => new RepeatingQueue(spec, deps)),
  },
  {
    name: 'a broker forgets what a dead member held',
    rules: ['nothing-lost'],
    plant: withQueue((spec, deps) => new ForgetfulQueue(spec, deps)),
  },
  {
    name: 'a broker keeps what was settled',
    rules: ['bounded-queues'],
    plant: withQueue((spec, deps) => new HoardingQueue(spec, deps)),
  },
  {
    name: 'a broker confirms before it has stored',
    rules: ['nothing-lost'],
    plant: seed => ({ ...withBroker(HastyBroker)(seed), faults: only('broker-crash') }),
  },
  {
    name: 'a wire acks at shutdown what is not done',
    rules: ['nothing-lost'],
    plant: seed => ({ ...onBusAlone({ acksOnClose: true })(seed), faults: only('restart') }),
  },
]

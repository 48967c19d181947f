import { type BrokeredOptions, BrokeredTransport, toBrokeredSettings } from '@sm/brokered'
import type { Capabilities, Reach, TransportChoice } from '@sm/core/transport'
import { checkNumber, checkOptions } from '../check-options.ts'
import type { OpenWire, Wire, WireProcess, WireWorld } from '../wire.ts'
import { Broker, type BrokerDeps } from './broker.ts'
import { SimulatedBrokerDriver } from './simulated-broker-driver.ts'

/** Options of {@link brokerWire}. All have defaults. */
export interface BrokerWireOptions {
  /** Place on the ladder: of the wires that reach an agent, the one with the lowest rank is taken. Default 50. */
  readonly rank?: number
  /** How far it carries, as agents are told. Default `wan`. */
  readonly reach?: Reach
  /**
   * Whether the broker writes down what it takes: it confirms `persisted`, keeps frames for durable subscriptions, and has them
   * after a restart. Otherwise it confirms `accepted`, and a restart loses what it held. Default true.
   */
  readonly durable?: boolean
  /** How long a consumer may say nothing of a frame before another gets it, in milliseconds. Default 30,000. */
  readonly visibilityMs?: number
  /** After how long a publish that is not confirmed is sent again, in milliseconds. Default 1,000. */
  readonly answerMs?: number
  /** Options that every transport with a broker has. */
  readonly broker?: BrokeredOptions
}

const names: { readonly [Name in keyof Required<BrokerWireOptions>]: true } = {
  ...{ rank: true, reach: true, durable: true, visibilityMs: true, answerMs: true, broker: true },
}

/**
 * A wire with a broker in its middle: the transport of `@sm/brokered` itself, with a simulated broker and a client of it. What is
 * sent at most once, acks and confirms can be lost or come twice; the rest goes over a connection that can stall and break.
 *
 * Throws `SM_SIMULATION_OPTIONS`.
 */
export function brokerWire(options: BrokerWireOptions = {}): Wire {
  return brokerWireOf(deps => new Broker(deps), options)
}

/** A wire over the broker that `createBroker` makes. */
export function brokerWireOf(createBroker: (deps: BrokerDeps) => Broker, options: BrokerWireOptions = {}): Wire {
  checkOptions('A wire with a broker', options, names)
  const { rank = 50, reach = 'wan', durable = true, broker: brokered = {} } = options
  const visibilityMs = checkNumber('visibilityMs', options.visibilityMs ?? 30_000, 1)
  const answerMs = checkNumber('answerMs', options.answerMs ?? 1_000, 1)
  const capabilities = capabilitiesOf(reach, durable, brokered.maxFrameBytes ?? 1_048_576)
  return {
    open({ name, random, network, wiped }: WireWorld): OpenWire {
      const host = `${name}-broker`
      const { maxQueued, graceMs, deadAfterMs } = toBrokeredSettings(name, brokered)
      const server = createBroker({
        ...{ host, clock: network.threads.of(host), random, network, maxQueued, graceMs, visibilityMs, deadAfterMs },
        returnMs: deadAfterMs,
      })
      return {
        choice: ({ endpoint }: WireProcess): TransportChoice => ({
          definition: {
            ...{ name, rank, capabilities, contract: '1.0', version: '0.0.0', schemes: [] },
            create: (_options, context) =>
              new BrokeredTransport(
                {
                  ...{ name, capabilities },
                  driver: settings =>
                    new SimulatedBrokerDriver({ broker: server, endpoint, settings, capabilities, context, answerMs }),
                },
                brokered,
                context,
              ),
          },
          options: {},
        }),
        server: {
          host: server.host,
          crash: () => server.crash(),
          restart({ fresh }) {
            server.restart({ fresh: fresh || !durable })
            if (fresh || !durable) wiped()
          },
        },
        gauges: () => ({ queued: server.queued, waiting: server.waiting }),
      }
    },
  }
}

function capabilitiesOf(reach: Reach, durable: boolean, maxFrameBytes: number): Capabilities {
  return {
    reach,
    delivery: { 'at-most-once': 'sent', 'at-least-once': durable ? 'persisted' : 'accepted' },
    durable,
    ordering: 'per-sender',
    fanOut: true,
    groups: true,
    wildcards: true,
    maxFrameBytes,
    expiry: false,
    delay: true,
    encrypted: false,
    deadLetters: false,
    publishOnly: false,
  }
}

import type { Clock, Random, TransportChoice } from '@sm/core/transport'
import type { Endpoint } from './network/endpoint.ts'
import type { Network } from './network/network.ts'

/** One process, as a wire sees it. */
export interface WireProcess {
  /** Where it runs, and whether it still does. */
  readonly endpoint: Endpoint
  /** The part of the network that it is in: wires of little reach stay within one. */
  readonly site: number
}

/** The world that a wire runs in. */
export interface WireWorld {
  /** The name under which agents use the wire. */
  readonly name: string
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  /** Told when a server of the wire has lost what it held. */
  wiped(): void
}

/** A server in the middle of a wire, which faults can strike. */
export interface WireServer {
  readonly host: string
  /** It is killed. What it has stored is there after its restart, unless that is `fresh`. */
  crash(): void
  restart(options: { readonly fresh: boolean }): void
}

/** A wire of one run. */
export interface OpenWire {
  /** The transport of a process over it. */
  choice(process: WireProcess): TransportChoice
  /** The part of it that is at a site: processes meet that are in the same. Default: all meet. */
  partAt?(site: number): string
  /** Its server, where it has one. */
  readonly server?: WireServer
  /** How many things wait in it, by what they are called. */
  gauges(): Readonly<Record<string, number>>
}

/**
 * A simulated wire, as the options of a simulation name it. It is opened anew for each run. Processes meet on its network; what they
 * share in another way is told to `network.threads.touch` by each event that looks at it, or `explore` may take two orders for one.
 */
export interface Wire {
  open(world: WireWorld): OpenWire
}

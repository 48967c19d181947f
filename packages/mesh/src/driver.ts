import type { TransportHealth } from '@sm/core/transport'
import type { Connection } from './connection.ts'

/** A peer as discovery sees it, before anything has been said. */
export interface Sighting {
  /** The instance of the agent: what tells peers apart. */
  readonly instance: string
  readonly agent: string
  /** Where to dial; only the transport's own dialler reads it. */
  readonly location: string
}

/** Events that discovery reports to the mesh. */
export interface DiscoveryListener {
  /** A peer is there. Told again, it is the same peer. */
  found(sighting: Sighting): void
  /** A peer is there no more. */
  lost(instance: string): void
  /**
   * All of the wire is gone (true) or back (false), whoever is seen: the transport is degraded meanwhile. For wires with a
   * middle; where there is none, the links say it.
   */
  severed?(severed: boolean): void
}

/** The facts of this side that peers are told. */
export interface Self {
  readonly namespace: string
  readonly agent: string
  readonly instance: string
}

/**
 * What a transport without a broker supplies; everything else is the mesh's. Errors it throws are coded.
 *
 * Nothing is heard before `listen` has resolved; `discover` is called after that. `driverRules` of `@sm/mesh/testing` has a
 * test for each of these:
 *
 * `dial` may wait until the other side has written something: the mesh greets as soon as it is given a connection.
 *
 * - MESH-04 discover() has told of everyone who is there when it resolves, and tells of who comes and goes.
 * - MESH-05 What either side of a connection writes comes whole and in order, however much it is.
 * - MESH-06 dial() heeds its signal: it rejects with its reason, and leaves no connection behind.
 * - MESH-07 After end() all that was written arrives, and then each side is told once that it is closed.
 * - MESH-08 destroy() closes both sides: each is told once, and never within the call.
 * - MESH-09 What comes before open() is kept for it.
 */
export interface MeshDriver {
  /** Opens the place where others dial in. What is wrong there, and ends nothing, is told to `onFault` as a coded error. */
  listen(accept: (connection: Connection) => void, onFault: (error: unknown) => void): Promise<void>
  /** Finds others, until `close`. */
  discover(listener: DiscoveryListener): Promise<void>
  /**
   * Opens a connection to a peer. Rejects when that fails or `signal` aborts; with a coded error that is not retryable the
   * peer is forgotten until discovery tells of it again.
   */
  dial(sighting: Sighting, signal: AbortSignal): Promise<Connection>
  /** A dialled peer turned out to be dead: forget it, and clear away what it left behind. */
  forget(sighting: Sighting): void
  /** Facts of the transport's own for {@link TransportHealth}; never a secret. */
  details?(): TransportHealth['details']
  /** Stops listening and discovering, and leaves nothing behind. */
  close(): Promise<void>
}

/** The announcement of one agent instance. Nothing in it is secret, and nobody is believed for it. */
export interface Announcement {
  readonly namespace: string
  readonly agent: string
  readonly instance: string
  /** The wire version, `major.minor`. */
  readonly wire: string
  /** Tells the public key of the agent's host. */
  readonly fingerprint: string
  /** Tells the network key, without revealing it; empty where trust is a list of public keys. */
  readonly network: string
  readonly port: number
}

/** How a peer was found. */
export type FoundBy = 'mdns' | 'peers' | 'scan'

/** A peer that discovery has found: a claim, until a handshake has proved it. */
export interface FoundPeer {
  readonly agent: string
  readonly instance: string
  /** Where to dial, as `host:port`, the best first. */
  readonly addresses: readonly string[]
  /** Undefined where it was not told. */
  readonly fingerprint: string | undefined
  readonly network: string | undefined
  readonly by: FoundBy
}

/** A peer as people may look at it. */
export interface SeenPeer extends FoundPeer {
  /** When it was last heard of, in milliseconds since the epoch. */
  readonly seenAt: number
}

/** Events that discovery reports. */
export interface DiscoveryListener {
  /** A peer is there. Told again, it is the same peer, perhaps at other addresses. */
  found(peer: FoundPeer): void
  /** A peer is there no more. */
  lost(instance: string): void
  /** Something is wrong that ends nothing: a coded error. */
  fault(error: unknown): void
}

/** Finds others, and lets others find this side. */
export interface Discovery {
  /** Announces, and begins to find. Resolves when those who are there already have had a fair chance to be found. */
  start(self: Announcement, listener: DiscoveryListener): Promise<void>
  /** The agents that have been seen, this side excepted. */
  discover(): readonly SeenPeer[]
  /** A peer did not answer where it was found: it is told of again only when it is heard of anew. */
  forget(instance: string): void
  close(): Promise<void>
}

/** The agent that answered a handshake: proved, not claimed. */
export interface Answer {
  readonly namespace: string
  readonly agent: string
  readonly instance: string
  readonly fingerprint: string
}

/**
 * Dials an address, shakes hands and hangs up: how an address without a name becomes a peer. Rejects with a coded error
 * when nobody is there or the handshake fails, and with the reason of `signal`.
 */
export type Probe = (address: string, signal: AbortSignal) => Promise<Answer>

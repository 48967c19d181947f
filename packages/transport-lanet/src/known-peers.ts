import type { DiscoveryListener as MeshListener } from '@sm/mesh'
import type { FoundPeer } from './discovery/discovery.ts'
import type { Credentials } from './keys/credentials.ts'

/**
 * The peers that discovery has found, of which the mesh hears of those that can be trusted: neighbours with another
 * network key, or a public key that is not listed, are not even dialled.
 */
export class KnownPeers {
  readonly #credentials: Credentials
  readonly #listener: MeshListener
  readonly #found = new Map<string, FoundPeer>()
  readonly #told = new Set<string>()

  constructor(credentials: Credentials, listener: MeshListener) {
    this.#credentials = credentials
    this.#listener = listener
  }

  /** Where to dial an instance, the best address first. */
  addresses(instance: string): readonly string[] {
    return this.#found.get(instance)?.addresses ?? []
  }

  /** An address did not lead to the instance: it is tried last from now on. */
  failed(instance: string, address: string): void {
    const peer = this.#found.get(instance)
    if (!peer) return
    const others = peer.addresses.filter(other => other !== address)
    if (others.length < peer.addresses.length) this.#found.set(instance, { ...peer, addresses: [...others, address] })
  }

  found(peer: FoundPeer): void {
    this.#found.set(peer.instance, peer)
    this.#judge(peer)
  }

  lost(instance: string): void {
    this.#found.delete(instance)
    if (this.#told.delete(instance)) this.#listener.lost(instance)
  }

  /** The mesh has given a peer up for good: it hears of it again when whom to trust has changed. */
  refused(instance: string): void {
    this.#told.delete(instance)
  }

  /** Whom to trust has changed. */
  judgeAgain(): void {
    for (const peer of this.#found.values()) this.#judge(peer)
  }

  #judge(peer: FoundPeer): void {
    const { agent, instance } = peer
    const welcome = this.#isWelcome(peer)
    if (welcome === this.#told.has(instance)) return
    if (welcome) {
      this.#told.add(instance)
      this.#listener.found({ agent, instance, location: instance })
    } else {
      this.#told.delete(instance)
      this.#listener.lost(instance)
    }
  }

  /** The handshake finds out the key that is not known. */
  #isWelcome({ network, fingerprint }: FoundPeer): boolean {
    const { network: own, trusted } = this.#credentials
    if (network !== undefined && network !== own) return false
    return fingerprint === undefined || !trusted || trusted.hasFingerprint(fingerprint)
  }
}

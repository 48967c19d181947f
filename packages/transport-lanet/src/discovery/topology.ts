import type { LinkedPeer } from '@sm/mesh'
import type { FoundBy, FoundPeer, SeenPeer } from './discovery.ts'

/** A peer on the map: what was seen of it, and what its link has proved and measured. */
export interface LanPeer extends Omit<FoundPeer, 'by'> {
  /** How it was found; `call`: not by this side, it has dialled. */
  readonly by: FoundBy | 'call'
  /** When discovery last heard of it, in milliseconds since the epoch; undefined where it never did. */
  readonly seenAt: number | undefined
  /** Whether there is a link: then agent and instance are proved, otherwise claimed. */
  readonly linked: boolean
  /** There and back over its link, in milliseconds; undefined before the first measure. */
  readonly rttMs: number | undefined
  /** How far its clock is ahead of the one here, in milliseconds, at most half of `rttMs` and 1 ms off. */
  readonly clockOffsetMs: number | undefined
}

/** Puts together what discovery has seen and what is linked. */
export function toMap(seen: readonly SeenPeer[], linked: readonly LinkedPeer[]): readonly LanPeer[] {
  const links = new Map(linked.map(peer => [peer.instance, peer]))
  const found = seen.map((peer): LanPeer => {
    const link = links.get(peer.instance)
    links.delete(peer.instance)
    return { ...peer, linked: link !== undefined, rttMs: link?.rttMs, clockOffsetMs: link?.clockOffsetMs }
  })
  const callers = [...links.values()].map(({ agent, instance, rttMs, clockOffsetMs }): LanPeer => {
    const unknown = { addresses: [], fingerprint: undefined, network: undefined, seenAt: undefined }
    return { agent, instance, ...unknown, by: 'call', linked: true, rttMs, clockOffsetMs }
  })
  return [...found, ...callers]
}

/** The transports of this process that run, by the instance of their agent. */
const running = new Map<string, () => readonly LanPeer[]>()

/** Lets {@link discover} find the transport of an agent, until what it returns is called. */
export function putOnMap(instance: string, discover: () => readonly LanPeer[]): () => void {
  running.set(instance, discover)
  return () => {
    if (running.get(instance) === discover) running.delete(instance)
  }
}

/**
 * The peers that the Lanet transport of an agent sees: where they are, how they were found, and how far away. Agents of
 * other namespaces are not among them. Throws a TypeError for an agent that has no Lanet transport, or has stopped.
 *
 * @example
 * for (const { agent, addresses, rttMs } of discover(billing)) console.log(agent, addresses[0], rttMs)
 */
export function discover(agent: { readonly id: string; readonly instance: string }): readonly LanPeer[] {
  const peers = running.get(agent.instance)
  if (!peers) throw new TypeError(`The agent ${agent.id} has no Lanet transport that runs in this process`)
  return peers()
}

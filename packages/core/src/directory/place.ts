import { hostId } from './host-id.ts'
import type { KnownInstance } from './known-instance.ts'

/** Where an instance is, seen from here; undefined where it is neither in this process nor on this machine, as far as is known. */
export function placeOf({ card, peer }: KnownInstance): 'process' | 'machine' | undefined {
  // Memory tells of peers without a machine: they are in this process.
  const host = card?.hostId ?? peer?.hostId ?? (peer?.processId === process.pid ? hostId : undefined)
  if (host !== hostId) return undefined
  return (card ?? peer)?.processId === process.pid ? 'process' : 'machine'
}

import { isIPv6 } from 'node:net'

/** How many connections may be open that have not authenticated themselves. */
export interface StrangerLimits {
  readonly maxUnauthenticated: number
  readonly maxUnauthenticatedPerAddress: number
}

interface Stranger {
  readonly address: string
  /** Closes its connection. */
  dismiss(): void
}

/**
 * Connections that have not yet proved who they are. One address cannot take the places of all; when all places are taken, the
 * one that has had the longest time gives way, for an honest handshake takes milliseconds.
 */
export class Strangers {
  readonly #limits: StrangerLimits
  readonly #perAddress = new Map<string, number>()
  /** In the order of their coming. */
  readonly #all = new Set<Stranger>()

  constructor(limits: StrangerLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#all.size
  }

  /** A place for a connection, until the function that it returns is called; undefined when its address has enough. */
  admit(remoteAddress: string | undefined, dismiss: () => void): (() => void) | undefined {
    const address = networkOf(remoteAddress)
    const { maxUnauthenticated, maxUnauthenticatedPerAddress } = this.#limits
    if ((this.#perAddress.get(address) ?? 0) >= maxUnauthenticatedPerAddress) return undefined
    if (this.#all.size >= maxUnauthenticated) this.#dismissOldest()
    const stranger = { address, dismiss }
    this.#all.add(stranger)
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1)
    return () => this.#leave(stranger)
  }

  close(): void {
    while (this.#all.size > 0) this.#dismissOldest()
  }

  #dismissOldest(): void {
    const [oldest] = this.#all
    if (!oldest) return
    this.#leave(oldest)
    oldest.dismiss()
  }

  #leave(stranger: Stranger): void {
    if (!this.#all.delete(stranger)) return
    const left = (this.#perAddress.get(stranger.address) ?? 1) - 1
    if (left === 0) this.#perAddress.delete(stranger.address)
    else this.#perAddress.set(stranger.address, left)
  }
}

/** The part of an address that counts as one: an IPv6 host has 2⁶⁴ of them to choose from. */
export function networkOf(remoteAddress = ''): string {
  const address = remoteAddress.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '')
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':')
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return groups
    .slice(0, 4)
    .map(group => group.replace(/^0+(?=.)/, ''))
    .join(':')
}

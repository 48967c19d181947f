import { type Address, formatAddress, isWildcard, type SubscriptionSpec } from '@sm/core/transport'

/** A proxy that wants to hear of new addresses, and can say when it has heard of all changes. */
export interface RouteMirror {
  watch(addresses: readonly Address[]): void
  sync(): Promise<void>
}

/**
 * The addresses that the proxies of one namespace have asked about or subscribed to. routes() answers at once, so a proxy must
 * know the answer before it is asked: its process watches over every address that might be asked about.
 */
export class RouteBoard {
  readonly #addresses = new Map<string, Address>()
  readonly #mirrors = new Set<RouteMirror>()

  join(mirror: RouteMirror): void {
    this.#mirrors.add(mirror)
    mirror.watch([...this.#addresses.values()])
  }

  leave(mirror: RouteMirror): void {
    this.#mirrors.delete(mirror)
  }

  know(address: Address): void {
    const key = formatAddress(address)
    if (this.#addresses.has(key)) return
    this.#addresses.set(key, address)
    for (const mirror of this.#mirrors) mirror.watch([address])
  }

  subscribed({ target }: SubscriptionSpec): void {
    if (target.kind === 'inbox') this.know(target)
    else if (!isWildcard(target.pattern)) this.know({ kind: 'topic', topic: target.pattern })
  }

  /** Resolves when every proxy tells the routes of now. */
  async sync(): Promise<void> {
    await Promise.all([...this.#mirrors].map(mirror => mirror.sync()))
  }
}

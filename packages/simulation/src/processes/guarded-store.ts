import type { Clock, DeduplicationStore } from '@sm/core'
import type { Endpoint } from '../network/endpoint.ts'

/** Makes the store in which a process, or several, remember what they have handled. */
export type CreateStore = (options: { readonly clock: Clock }) => DeduplicationStore

/** A store that several processes share: what one of them had begun when it died is free again after a while. */
export class SharedStore {
  readonly #store: DeduplicationStore
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #touch: () => void

  constructor({ createStore, clock, leaseMs, touch }: SharedStoreDeps) {
    this.#store = createStore({ clock })
    this.#clock = clock
    this.#leaseMs = leaseMs
    this.#touch = touch
  }

  /** The store as one process uses it. */
  for(endpoint: Endpoint): DeduplicationStore {
    const claims = new Map<string, readonly [string, string]>()
    endpoint.onEnd(() => {
      this.#clock.schedule(() => {
        for (const claim of claims.values()) void this.#store.release(...claim)
      }, this.#leaseMs)
    })
    return guarded(this.#store, endpoint, claims, this.#touch)
  }
}

/** Dependencies of a store that processes share. */
export interface SharedStoreDeps {
  readonly createStore: CreateStore
  readonly clock: Clock
  /** How long what a dead process had begun is kept from the others, in milliseconds. */
  readonly leaseMs: number
  /** Told of every call. */
  readonly touch: () => void
}

/** The store of one process alone, which ends with it. */
export function ownStore(createStore: CreateStore, clock: Clock, endpoint: Endpoint): DeduplicationStore {
  return guarded(createStore({ clock }), endpoint, new Map())
}

const never = <T>() => new Promise<T>(() => {})

/** What a process does to a store after its end must not reach it. `claims` has what it has begun. */
function guarded(
  store: DeduplicationStore,
  endpoint: Endpoint,
  claims: Map<string, readonly [string, string]>,
  touch: () => void = () => undefined,
): DeduplicationStore {
  const end = (handler: string, id: string) => claims.delete(`${handler} ${id}`)
  const reaches = () => {
    touch()
    return endpoint.isAlive
  }
  return {
    windowMs: store.windowMs,
    claim(handler, id) {
      if (!reaches()) return never()
      const begin = (claim: Awaited<ReturnType<DeduplicationStore['claim']>>) => {
        if (claim === 'claimed') claims.set(`${handler} ${id}`, [handler, id])
        return claim
      }
      const claim = store.claim(handler, id)
      return claim instanceof Promise ? claim.then(begin) : begin(claim)
    },
    settled: (handler, id) => (reaches() ? store.settled(handler, id) : never()),
    commit(handler, id) {
      if (!reaches()) return never()
      end(handler, id)
      return store.commit(handler, id)
    },
    reject(handler, id, reason) {
      if (!reaches()) return never()
      end(handler, id)
      return store.reject(handler, id, reason)
    },
    release(handler, id) {
      if (!reaches()) return never()
      end(handler, id)
      return store.release(handler, id)
    },
  }
}

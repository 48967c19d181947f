import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import type { Cancel, Clock } from '@sm/core/transport'
import { inboxPath, parseInboxName } from './pipe-names.ts'

/** The changes that a look through the directory finds. */
export interface DirectoryListener {
  found(sighting: { readonly agent: string; readonly instance: string; readonly location: string }): void
  lost(instance: string): void
  /** A look has ended: the inboxes of these instances are there. */
  looked?(instances: ReadonlySet<string>): void
}

type Peer = { readonly agent: string; readonly instance: string }

/**
 * The agents that are there, by the inboxes in the directory: watched, and looked through now and then in case a change was
 * missed. All agents of a process share one: a crowd would otherwise look once for each of its members at each change.
 */
export class DirectoryWatch {
  readonly #directory: string
  readonly #pollMs: number
  readonly #clock: Clock
  readonly #onEmpty: () => void
  readonly #listeners = new Set<DirectoryListener>()
  #seen: ReadonlyMap<string, Peer> = new Map()
  #watcher: FSWatcher | undefined
  #timer: Cancel | undefined
  #scan: Promise<void> | undefined
  #again = false

  /** `onEmpty` is called when the last listener has left. */
  constructor(directory: string, pollMs: number, clock: Clock, onEmpty: () => void) {
    this.#directory = directory
    this.#pollMs = pollMs
    this.#clock = clock
    this.#onEmpty = onEmpty
  }

  /** Resolves when the listener has been told of those who are there. */
  async add(listener: DirectoryListener): Promise<void> {
    const isFirst = this.#listeners.size === 0
    this.#listeners.add(listener)
    for (const peer of this.#seen.values()) this.#found(listener, peer)
    if (isFirst) {
      this.#watch()
      this.#poll()
    }
    await this.scan()
    // A look that was under way may have begun before this side's own inbox was there.
    if (this.#scan) await this.#scan
  }

  remove(listener: DirectoryListener): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return
    this.#watcher?.close()
    this.#watcher = undefined
    this.#timer?.()
    this.#onEmpty()
  }

  /** Looks through the directory; while one look is under way, at most one more is queued. */
  scan(): Promise<void> {
    if (this.#scan) {
      this.#again = true
      return this.#scan
    }
    this.#scan = this.#look().finally(() => {
      this.#scan = undefined
      if (!this.#again || this.#listeners.size === 0) return
      this.#again = false
      void this.scan()
    })
    return this.#scan
  }

  /** Without a watch (limits of the system, a file system that has none, a directory that was removed) the slow look is left. */
  #watch(): void {
    try {
      const watcher = watch(this.#directory, { persistent: false }, () => void this.scan())
      this.#watcher = watcher
      watcher.on('error', () => {
        watcher.close()
        if (this.#watcher === watcher) this.#watcher = undefined
      })
    } catch {
      this.#watcher = undefined
    }
  }

  async #look(): Promise<void> {
    let names: string[]
    try {
      names = await readdir(this.#directory)
    } catch (error) {
      // A directory that somebody removed has nobody in it; one that cannot be read now says nothing of who is there.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return
      names = []
      // A directory that is made in its place is another one.
      this.#watcher?.close()
      this.#watcher = undefined
    }
    const seen = new Map<string, Peer>()
    for (const name of names) {
      const peer = parseInboxName(name)
      if (peer) seen.set(peer.instance, peer)
    }
    const before = this.#seen
    this.#seen = seen
    const instances = new Set(seen.keys())
    const come = [...seen.values()].filter(({ instance }) => !before.has(instance))
    const gone = [...before.keys()].filter(instance => !seen.has(instance))
    for (const listener of [...this.#listeners]) {
      for (const peer of come) this.#found(listener, peer)
      for (const instance of gone) listener.lost(instance)
      listener.looked?.(instances)
    }
  }

  #found(listener: DirectoryListener, { agent, instance }: Peer): void {
    listener.found({ agent, instance, location: inboxPath(this.#directory, agent, instance) })
  }

  #poll(): void {
    this.#timer = this.#clock.schedule(() => {
      if (!this.#watcher) this.#watch()
      void this.scan()
      this.#poll()
    }, this.#pollMs)
  }
}

const watches = new WeakMap<Clock, Map<string, DirectoryWatch>>()

/** The watch over a directory that agents of this process share, as long as they share a clock. */
export function sharedWatch(directory: string, pollMs: number, clock: Clock): DirectoryWatch {
  let shared = watches.get(clock)
  if (!shared) {
    shared = new Map()
    watches.set(clock, shared)
  }
  const key = `${pollMs} ${directory}`
  let found = shared.get(key)
  if (!found) {
    found = new DirectoryWatch(directory, pollMs, clock, () => shared.delete(key))
    shared.set(key, found)
  }
  return found
}

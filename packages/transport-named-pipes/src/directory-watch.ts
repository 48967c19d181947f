import { type FSWatcher, watch } from 'node:fs'
import { readdir } from 'node:fs/promises'
import type { Cancel, Clock } from '@sm/core/transport'
import type { DiscoveryListener } from '@sm/mesh'
import { inboxPath, parseInboxName } from './pipe-names.ts'

/** Who is there, by the inboxes in the directory: watched, and looked through now and then in case a change was missed. */
export class DirectoryWatch {
  readonly #directory: string
  readonly #pollMs: number
  readonly #clock: Clock
  readonly #listener: DiscoveryListener
  #seen = new Set<string>()
  #watcher: FSWatcher | undefined
  #timer: Cancel | undefined
  #scan: Promise<void> | undefined
  #again = false
  #closed = false

  constructor(directory: string, pollMs: number, clock: Clock, listener: DiscoveryListener) {
    this.#directory = directory
    this.#pollMs = pollMs
    this.#clock = clock
    this.#listener = listener
  }

  /** Resolves when those who are there have been told. */
  async start(): Promise<void> {
    this.#watcher = watch(this.#directory, { persistent: false }, () => void this.scan())
    // A watch that breaks (limits of the system, a file system without it) leaves the slow look.
    this.#watcher.on('error', () => this.#watcher?.close())
    await this.scan()
    this.#poll()
  }

  close(): void {
    this.#closed = true
    this.#watcher?.close()
    this.#timer?.()
  }

  /** Looks through the directory; while one look is under way, at most one more is queued. */
  scan(): Promise<void> {
    if (this.#scan) {
      this.#again = true
      return this.#scan
    }
    this.#scan = this.#look().finally(() => {
      this.#scan = undefined
      if (!this.#again || this.#closed) return
      this.#again = false
      void this.scan()
    })
    return this.#scan
  }

  async #look(): Promise<void> {
    let names: string[]
    try {
      names = await readdir(this.#directory)
    } catch (error) {
      // A directory that somebody removed has nobody in it; one that cannot be read now says nothing of who is there.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return
      names = []
    }
    if (this.#closed) return
    const seen = new Set<string>()
    for (const name of names) {
      const peer = parseInboxName(name)
      if (!peer) continue
      seen.add(peer.instance)
      if (this.#seen.has(peer.instance)) continue
      this.#listener.found({ ...peer, location: inboxPath(this.#directory, peer.agent, peer.instance) })
    }
    for (const instance of this.#seen) if (!seen.has(instance)) this.#listener.lost(instance)
    this.#seen = seen
  }

  #poll(): void {
    this.#timer = this.#clock.schedule(() => {
      void this.scan()
      this.#poll()
    }, this.#pollMs)
  }
}

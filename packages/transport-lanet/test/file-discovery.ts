import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Announcement, Discovery, DiscoveryListener, FoundPeer, SeenPeer } from '../src/discovery/discovery.ts'

/**
 * Finds others by files in a directory, so that what is tested is the links and not the network: one file per instance,
 * which its process removes when it stops.
 */
export class FileDiscovery implements Discovery {
  readonly #base: string
  #directory = ''
  #self: Announcement | undefined
  #listener: DiscoveryListener | undefined
  #stop = () => {}
  #seen = new Map<string, FoundPeer>()

  constructor(base: string) {
    this.#base = base
  }

  async start(self: Announcement, listener: DiscoveryListener): Promise<void> {
    this.#self = self
    this.#listener = listener
    this.#directory = join(this.#base, self.namespace)
    mkdirSync(this.#directory, { recursive: true })
    const file = join(this.#directory, self.instance)
    writeFileSync(`${file}.new`, JSON.stringify(self))
    renameSync(`${file}.new`, file)
    const watcher = watch(this.#directory, () => this.#look())
    const timer = setInterval(() => this.#look(), 200).unref()
    this.#stop = () => {
      watcher.close()
      clearInterval(timer)
      rmSync(file, { force: true })
    }
    this.#look()
  }

  discover(): readonly SeenPeer[] {
    return [...this.#seen.values()].map(peer => ({ ...peer, seenAt: 0 }))
  }

  forget(): void {
    // A peer that is gone takes its file along; one behind a storm comes back.
  }

  async close(): Promise<void> {
    this.#stop()
    this.#listener = undefined
  }

  #look(): void {
    const there = new Set(readdirSync(this.#directory).filter(name => !name.endsWith('.new')))
    for (const name of there) if (!this.#seen.has(name) && name !== this.#self?.instance) this.#found(name)
    for (const name of this.#seen.keys()) {
      if (there.has(name)) continue
      this.#seen.delete(name)
      this.#listener?.lost(name)
    }
  }

  #found(name: string): void {
    let text: string
    try {
      text = readFileSync(join(this.#directory, name), 'utf8')
    } catch {
      // It has left in this very moment.
      return
    }
    const { agent, instance, port, fingerprint, network } = JSON.parse(text) as Announcement
    const addresses = [`127.0.0.1:${port}`]
    const peer: FoundPeer = { agent, instance, addresses, fingerprint, network, by: 'peers' }
    this.#seen.set(name, peer)
    this.#listener?.found(peer)
  }
}

import { PeerProcess } from './peer-process.ts'

/** Processes that are kept from one transport to the next: each transport has one to itself as long as it lives. */
export class PeerPool {
  readonly #module: string
  readonly #idle: PeerProcess[] = []
  readonly #busy = new Set<PeerProcess>()
  #isCut = false

  /** `module` exports the harness, as `harness`. */
  constructor(module: string) {
    this.#module = module
  }

  async take(): Promise<PeerProcess> {
    let peer = this.#idle.pop()
    while (peer?.gone) peer = this.#idle.pop()
    peer ??= new PeerProcess(this.#module)
    this.#busy.add(peer)
    if (this.#isCut) await peer.call(0, 'fault', { name: 'cut' })
    return peer
  }

  give(peer: PeerProcess): void {
    if (this.#busy.delete(peer) && !peer.gone) this.#idle.push(peer)
  }

  /** Has the harness of every process break its wire or mend it, and that of every one to come. */
  async fault(name: 'cut' | 'restore'): Promise<void> {
    this.#isCut = name === 'cut'
    const all = [...this.#busy, ...this.#idle].filter(({ gone }) => !gone)
    // A peer that ends meanwhile has no wire any more.
    await Promise.all(all.map(peer => peer.call(0, 'fault', { name }).catch(error => peer.requireGone(error))))
  }

  /** Stops or continues every process but the one that has been at work the longest: to that one, the others seem dead. */
  signalOthers(name: 'SIGSTOP' | 'SIGCONT'): void {
    for (const peer of [...this.#busy].slice(1)) peer.signal(name)
  }

  async close(): Promise<void> {
    const all = [...this.#idle, ...this.#busy]
    for (const peer of all) peer.signal('SIGKILL')
    await Promise.all(all.map(({ exited }) => exited))
  }
}

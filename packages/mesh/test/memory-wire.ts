import type { Connection, ConnectionListener } from '../src/connection.ts'

/** How much one direction holds before its writer has to wait, in bytes: as a pipe does. */
const capacityBytes = 65_536

/** The controls of a test over the wires that share it. */
export interface Faults {
  /** While true nothing gets through; what was written waits. */
  stalled: boolean
  /** Most bytes handed over at once. */
  pieceBytes: number
  /** Runs a hand-over: at once or later. */
  soon(callback: () => void): void
}

/** Faults of a good wire: the next turn of the event loop, whole. */
export function calm(): Faults {
  return { stalled: false, pieceBytes: Number.POSITIVE_INFINITY, soon: setImmediate }
}

/** One end of a wire in memory. */
export class End implements Connection {
  readonly remote: string
  readonly #faults: Faults
  other!: End
  /** Calls of `write`, each with its bytes. */
  writes = 0
  destroyed = false
  #listener: ConnectionListener | undefined
  /** Bytes that were written and have not been handed over: not copied, as a socket would not. */
  #queue: Uint8Array[] = []
  #queued = 0
  #ending = false
  #waiting = false
  #scheduled = false

  constructor(remote: string, faults: Faults) {
    this.remote = remote
    this.#faults = faults
  }

  /** Bytes that the other side has not read. */
  get queued(): number {
    return this.#queued
  }

  open(listener: ConnectionListener): void {
    this.#listener = listener
    this.other.pump()
  }

  write(bytes: Uint8Array): boolean {
    this.writes += 1
    if (this.destroyed || this.#ending) return true
    if (this.#waiting) throw new Error('a write before the drain')
    this.#waiting = this.#queued + bytes.length > capacityBytes
    // A writer that is told that the bytes have left may use their buffer again.
    this.#queue.push(this.#waiting ? bytes : Uint8Array.from(bytes))
    this.#queued += bytes.length
    this.pump()
    return !this.#waiting
  }

  /** Writes as one that knows no manners: without waiting. */
  pour(bytes: Uint8Array): void {
    if (this.destroyed) return
    this.#queue.push(bytes)
    this.#queued += bytes.length
    this.pump()
  }

  end(): void {
    this.#ending = true
    this.pump()
  }

  destroy(): void {
    this.close(undefined)
  }

  /** Closes both ends: this one at once, the other when it has read what was written. */
  close(error: Error | undefined): void {
    if (this.destroyed) return
    this.destroyed = true
    this.#ending = true
    setImmediate(() => this.#listener?.closed(error))
    this.pump()
  }

  /** Loses what is under way, in both directions. */
  cut(): void {
    for (const end of [this, this.other]) {
      end.#queue = []
      end.#queued = 0
    }
    this.close(new Error('cut'))
    this.other.close(new Error('cut'))
  }

  /** Hands over what waits, as far as the faults allow. */
  pump(): void {
    if (this.#scheduled || this.#faults.stalled || !this.other.#listener) return
    if (this.#queue.length === 0 && !this.#ending) return
    this.#scheduled = true
    this.#faults.soon(() => {
      this.#scheduled = false
      if (!this.#faults.stalled) this.#handOver()
    })
  }

  #handOver(): void {
    const waited = this.#waiting
    const queue = this.#queue
    this.#queue = []
    this.#queued = 0
    this.#waiting = false
    for (const bytes of queue) this.#deliver(Buffer.from(bytes))
    if (this.#ending && this.#queue.length === 0) {
      this.other.close(undefined)
      this.close(undefined)
    } else if (waited && !this.destroyed) this.#listener?.drain()
  }

  #deliver(bytes: Buffer): void {
    const step = this.#faults.pieceBytes
    for (let at = 0; at < bytes.length && !this.other.destroyed; at += step) {
      this.other.#listener?.data(bytes.subarray(at, Math.min(bytes.length, at + step)))
    }
  }
}

/** Two ends of one wire: who called, and who was called. */
export function createWire(caller: string, called: string, faults: Faults = calm()): readonly [End, End] {
  const near = new End(called, faults)
  const far = new End(caller, faults)
  near.other = far
  far.other = near
  return [near, far]
}

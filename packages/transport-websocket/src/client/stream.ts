import type { Connection } from '@sm/mesh'
import { kinds, maxDataBytes, toPacket } from '../protocol/packet.ts'

/** Whom a stream sends through. */
export interface StreamHost {
  send(packet: Buffer): void
  /** It has ended: its number is free. */
  ended(stream: Stream): void
}

/** A two-way stream of bytes to another agent, through the hub. It sends no more than the hub has room for. */
export class Stream implements Connection {
  readonly remote: string
  readonly number: number
  readonly #host: StreamHost
  #listener: Parameters<Connection['open']>[0] | undefined
  /** How many bytes the hub still takes. */
  #credit: number
  /** Bytes that were written, and wait for credit. */
  #rest: Uint8Array | undefined
  #isEnding = false
  #isEnded = false
  /** Bytes that came before anybody listened. */
  #early: Buffer[] = []
  #earlyEnd: { readonly error: Error | undefined } | undefined

  constructor(remote: string, number: number, credit: number, host: StreamHost) {
    this.remote = remote
    this.number = number
    this.#credit = credit
    this.#host = host
  }

  open(listener: Parameters<Connection['open']>[0]): void {
    this.#listener = listener
    for (const chunk of this.#early.splice(0)) listener.data(chunk)
    if (this.#earlyEnd) listener.closed(this.#earlyEnd.error)
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isEnded) return true
    const rest = bytes.subarray(this.#send(bytes))
    if (rest.length === 0) return true
    this.#rest = rest
    return false
  }

  end(): void {
    if (this.#rest) this.#isEnding = true
    else this.#finish(kinds.end)
  }

  destroy(): void {
    this.#finish(kinds.reset)
  }

  /** The hub has room for more. */
  credited(bytes: number): void {
    this.#credit += bytes
    if (!this.#rest) return
    const rest = this.#rest.subarray(this.#send(this.#rest))
    this.#rest = rest.length > 0 ? rest : undefined
    if (this.#rest) return
    if (this.#isEnding) this.#finish(kinds.end)
    else this.#listener?.drain()
  }

  arrived(chunk: Buffer): void {
    if (this.#isEnded) return
    if (this.#listener) this.#listener.data(chunk)
    else this.#early.push(chunk)
  }

  /** The other side has ended it, or the hub is gone. */
  closed(error: Error | undefined): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#rest = undefined
    this.#host.ended(this)
    if (this.#listener) this.#listener.closed(error)
    else this.#earlyEnd = { error }
  }

  /** Sends what there is credit for, in copies: the caller may use its buffer again. Returns how much that was. */
  #send(bytes: Uint8Array): number {
    const most = Math.min(bytes.length, this.#credit)
    this.#credit -= most
    for (let at = 0; at < most; at += maxDataBytes) {
      this.#host.send(toPacket(kinds.data, this.number, bytes.subarray(at, Math.min(most, at + maxDataBytes))))
    }
    return most
  }

  #finish(kind: typeof kinds.end | typeof kinds.reset): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#rest = undefined
    this.#host.send(toPacket(kind, this.number))
    this.#host.ended(this)
    // Never within the call: as a socket does.
    queueMicrotask(() => {
      if (this.#listener) this.#listener.closed(undefined)
      else this.#earlyEnd = { error: undefined }
    })
  }
}

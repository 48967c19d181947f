import { SmError } from '@sm/core/transport'
import type { Connection, ConnectionListener } from '../../src/index.ts'

/** The kinds of letters. */
export const letters = { call: 1, answer: 2, data: 3, end: 4 } as const

/** Sends a letter of a strand to its other end. False when there is no room for more. */
export type Send = (kind: number, sequence: number, bytes: Uint8Array) => boolean

/**
 * A connection made of letters over something that may lose some: each has a number, and a gap ends the connection, so that
 * the mesh sends again what was under way.
 */
export class Strand implements Connection {
  readonly remote: string
  readonly #send: Send
  readonly #onEnd: () => void
  #listener: ConnectionListener | undefined
  /** Bytes that came before open(). */
  #early: Buffer[] = []
  #sent = 0
  #received = 0
  #isOver = false
  #isFull = false

  constructor(remote: string, send: Send, onEnd: () => void) {
    this.remote = remote
    this.#send = send
    this.#onEnd = onEnd
  }

  open(listener: ConnectionListener): void {
    this.#listener = listener
    for (const bytes of this.#early.splice(0)) listener.data(bytes)
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isOver) return true
    this.#sent += 1
    this.#isFull = !this.#send(letters.data, this.#sent, bytes)
    return !this.#isFull
  }

  /** There is room again. */
  drain(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#listener?.drain()
  }

  end(): void {
    this.destroy()
  }

  destroy(): void {
    if (this.#isOver) return
    this.#send(letters.end, this.#sent + 1, new Uint8Array())
    this.over(undefined)
  }

  /** A letter has come. */
  heard(kind: number, sequence: number, bytes: Buffer): void {
    if (this.#isOver) return
    this.#received += 1
    if (sequence !== this.#received) {
      const what = `Letter ${this.#received} of ${this.remote} was lost on the way`
      this.#send(letters.end, this.#sent + 1, new Uint8Array())
      this.over(new SmError('SM_ROOM_GAP', what, { retryable: true }))
    } else if (kind === letters.end) this.over(undefined)
    else if (this.#listener) this.#listener.data(bytes)
    else this.#early.push(bytes)
  }

  /** Nothing more comes or goes. Told later, never within the call. */
  over(error: Error | undefined): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onEnd()
    setImmediate(() => this.#listener?.closed(error))
  }
}

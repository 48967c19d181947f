import type { Socket } from 'node:net'
import { lanetError } from '../errors.ts'
import { RecordReader, recordHead } from './record-reader.ts'

interface Waiting {
  readonly maxBytes: number
  resolve(record: Buffer): void
  reject(error: unknown): void
}

/**
 * A socket while the handshake lasts. It is read only while a message is waited for, so that a stranger gets no more
 * memory than one chunk; `signal` ends every wait.
 */
export class HandshakeChannel {
  readonly #socket: Socket
  readonly #signal: AbortSignal
  readonly #reader = new RecordReader()
  #waiting: Waiting | undefined
  #cause: Error | undefined
  #hungUp = false

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket
    this.#signal = signal
    socket.pause()
    socket.on('data', this.#onData)
    socket.on('error', this.#onError)
    socket.on('close', this.#onClose)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** The next message. Rejects with `SM_LANET_HANDSHAKE` above `maxBytes` or when the other end hangs up. */
  next(maxBytes: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { maxBytes, resolve, reject }
      if (this.#signal.aborted) this.#fail(this.#signal.reason)
      else if (this.#hungUp) this.#fail(hungUp(this.#cause))
      else {
        this.#look()
        if (this.#waiting) this.#socket.resume()
      }
    })
  }

  send(message: Uint8Array): void {
    const record = Buffer.allocUnsafe(recordHead + message.length)
    record.writeUInt16BE(message.length)
    record.set(message, recordHead)
    this.#socket.write(record)
  }

  /** Lets go of the socket, which is paused, and returns what has come in beyond the handshake. */
  release(): RecordReader {
    this.#socket.off('data', this.#onData)
    this.#socket.off('error', this.#onError)
    this.#socket.off('close', this.#onClose)
    this.#signal.removeEventListener('abort', this.#onAbort)
    return this.#reader
  }

  readonly #onData = (chunk: Buffer) => {
    this.#socket.pause()
    this.#reader.push(chunk)
    this.#look()
    if (this.#waiting) this.#socket.resume()
  }

  readonly #onError = (cause: Error) => {
    this.#cause ??= cause
  }
  readonly #onClose = () => {
    this.#hungUp = true
    if (this.#waiting) this.#fail(hungUp(this.#cause))
  }
  readonly #onAbort = () => this.#fail(this.#signal.reason)

  #look(): void {
    const waiting = this.#waiting
    if (!waiting) return
    try {
      const record = this.#reader.next(waiting.maxBytes)
      if (!record) return
      this.#waiting = undefined
      waiting.resolve(record)
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(error: unknown): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.reject(error)
  }
}

function hungUp(cause?: Error) {
  return lanetError('SM_LANET_HANDSHAKE', 'The other end hung up within the handshake', { cause })
}

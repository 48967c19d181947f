import type { Connection } from '../connection.ts'
import { packetHead } from './packet.ts'

/** Size of the buffer that collects the packets of one tick. */
const bufferBytes = 65_536 + 2_048

/** Bytes that wait for the wire above which senders of frames should wait too. */
const congestedBytes = 262_144

/**
 * Collects the packets of one tick into one buffer, which leaves in one system call. What the wire does not take at
 * once waits, in order.
 */
export class Output {
  readonly #connection: Connection
  readonly #onIdle: () => void
  readonly #flushSoon = () => {
    this.#scheduled = false
    this.flush()
  }
  #buffer = Buffer.allocUnsafeSlow(bufferBytes)
  #at = 0
  #scheduled = false
  #blocked = false
  #backlog: Buffer[] = []
  #backlogBytes = 0

  /** `onIdle` is called when everything written has left, after it had to wait or a flush was asked for. */
  constructor(connection: Connection, onIdle: () => void) {
    this.#connection = connection
    this.#onIdle = onIdle
  }

  /** Whether more frames should wait. */
  get congested(): boolean {
    return this.#backlogBytes > congestedBytes
  }

  /** Whether nothing waits. */
  get idle(): boolean {
    return this.#at === 0 && !this.#blocked
  }

  /**
   * Begins a packet of `bytes` payload and returns the buffer to write it into, at {@link at}; {@link end} follows. A
   * payload may be up to the size of a chunk and a head.
   */
  begin(kind: number, bytes: number): Buffer {
    if (this.#at + packetHead + bytes > bufferBytes) this.flush()
    const at = this.#at
    this.#buffer.writeUInt32BE(bytes, at)
    this.#buffer[at + 4] = kind
    this.#at = at + packetHead
    return this.#buffer
  }

  /** Where the payload of the packet that was begun is to be written. */
  get at(): number {
    return this.#at
  }

  /** Ends the packet at `at`. */
  end(at: number): void {
    this.#at = at
    if (this.#scheduled) return
    this.#scheduled = true
    // Not a microtask: those who publish in a loop of awaits would flush each message on its own.
    process.nextTick(this.#flushSoon)
  }

  /** Sends what has been collected. */
  flush(): void {
    if (this.#at === 0) return
    const full = this.#buffer.subarray(0, this.#at)
    this.#at = 0
    if (this.#blocked) {
      this.#keep(Buffer.from(full))
      return
    }
    if (this.#connection.write(full)) {
      this.#onIdle()
      return
    }
    // The wire still reads from the buffer.
    this.#blocked = true
    this.#buffer = Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** The wire takes more. */
  drain(): void {
    this.#blocked = false
    while (this.#backlog.length > 0 && !this.#blocked) {
      const next = this.#backlog.length === 1 ? (this.#backlog[0] as Buffer) : Buffer.concat(this.#backlog)
      this.#backlog = []
      this.#backlogBytes = 0
      if (!this.#connection.write(next)) this.#blocked = true
    }
    if (!this.#blocked && this.#at > 0) this.flush()
    else if (!this.#blocked) this.#onIdle()
  }

  #keep(bytes: Buffer): void {
    this.#backlog.push(bytes)
    this.#backlogBytes += bytes.length
  }
}

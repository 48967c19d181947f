import { Deque } from '@sm/core/transport'
import type { Connection } from '../../connection.ts'
import { meshError } from '../../errors.ts'
import { packetHead } from './packet.ts'

/** Size of the buffer that collects the packets of one tick. */
const bufferBytes = 65_536 + 2_048

/** Most buffers that are kept for further use. */
const maxSpare = 4

/** Bytes that wait for the wire above which senders of frames should wait too. */
const congestedBytes = 262_144

/** Most bytes that may wait for a peer which sends, and thereby asks for answers, but does not read. */
const maxBacklogBytes = 8_388_608

/**
 * Collects the packets of one tick into one buffer, which leaves in one system call. What the wire does not take at
 * once waits, in order.
 */
export class Output {
  readonly #connection: Connection
  readonly #onIdle: () => void
  readonly #onRoom: () => void
  readonly #flushSoon = () => {
    this.#scheduled = false
    this.flush()
  }
  #buffer: Buffer = Buffer.allocUnsafeSlow(bufferBytes)
  #at = 0
  #scheduled = false
  /** The buffer that the wire is still reading from. */
  #leaving: Buffer | undefined
  readonly #backlog = new Deque<Buffer>()
  #backlogBytes = 0
  readonly #spare: Buffer[] = []
  #onEmpty: (() => void) | undefined

  /**
   * `onIdle` is called when everything written has left: it must not write within the call, which may be that of another
   * writer. `onRoom` is called when the wire takes more after it had to be waited for, and may write.
   */
  constructor(connection: Connection, onIdle: () => void, onRoom: () => void) {
    this.#connection = connection
    this.#onIdle = onIdle
    this.#onRoom = onRoom
  }

  /** Whether more frames should wait. */
  get congested(): boolean {
    return this.#backlogBytes > congestedBytes
  }

  /** Whether nothing waits. */
  get idle(): boolean {
    return this.#at === 0 && !this.#leaving
  }

  /**
   * Begins a packet of `bytes` payload and returns the buffer to write it into, at {@link at}. It counts from {@link end}
   * on: one that was begun and not ended never was. A payload may be up to the size of a chunk and a head.
   */
  begin(kind: number, bytes: number): Buffer {
    if (this.#at + packetHead + bytes > bufferBytes) this.#send()
    const at = this.#at
    this.#buffer.writeUInt32BE(bytes, at)
    this.#buffer[at + 4] = kind
    return this.#buffer
  }

  /** Where the payload of the packet that was begun is to be written. */
  get at(): number {
    return this.#at + packetHead
  }

  /** Ends the packet at `at`. */
  end(at: number): void {
    this.#at = at
    if (this.#scheduled) return
    this.#scheduled = true
    // Not a microtask: those who publish in a loop of awaits would flush each message on its own.
    process.nextTick(this.#flushSoon)
  }

  /** Sends what has been collected, unless the wire is busy: then the buffer fills up, so that few of them wait. */
  flush(): void {
    if (!this.#leaving) this.#send()
  }

  #send(): void {
    if (this.#at === 0) return
    const full = this.#buffer.subarray(0, this.#at)
    this.#at = 0
    if (!this.#leaving && this.#connection.write(full)) {
      this.#onIdle()
      return
    }
    if (this.#leaving) {
      this.#backlog.push(full)
      this.#backlogBytes += full.length
    } else this.#leaving = full
    this.#buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes)
  }

  /** Calls `then` once everything written has left. Nothing is to be written after this. */
  finish(then: () => void): void {
    this.flush()
    if (this.idle) then()
    else this.#onEmpty = then
  }

  /** Throws `SM_MESH_LIMIT` when more waits than a peer that reads would ever let wait. */
  checkBacklog(): void {
    if (this.#backlogBytes <= maxBacklogBytes) return
    throw meshError('SM_MESH_LIMIT', `A peer sends, but has left ${this.#backlogBytes} bytes unread`)
  }

  /** The wire takes more. */
  drain(): void {
    this.#recycle()
    for (let next = this.#backlog.shift(); next; next = this.#backlog.shift()) {
      this.#backlogBytes -= next.length
      this.#leaving = next
      if (!this.#connection.write(next)) break
      this.#recycle()
    }
    if (!this.#leaving && this.#at > 0) this.flush()
    if (!this.#leaving) this.#onIdle()
    if (!this.congested) this.#onRoom()
    if (this.idle) this.#onEmpty?.()
  }

  /** The wire is done with the buffer that was leaving. */
  #recycle(): void {
    const done = this.#leaving
    this.#leaving = undefined
    if (done && this.#spare.length < maxSpare) this.#spare.push(Buffer.from(done.buffer as ArrayBuffer))
  }
}

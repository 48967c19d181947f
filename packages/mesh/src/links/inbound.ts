import { decodeFrame, type Frame, fromBytes } from '@sm/core/transport'
import { meshError } from '../errors.ts'
import { Assembler } from '../wire/bodies/assembler.ts'
import { Unpacker } from '../wire/bodies/unpacker.ts'
import { ReceivedHeaderKinds } from '../wire/headers/received-header-kinds.ts'
import { costOf, mark, messageHead } from '../wire/packets/packet.ts'

/** The frames that come in over one link. */
export class Inbound<Link extends SettlingLink> {
  readonly #link: Link
  readonly #host: InboundHost<Link>
  readonly #assembler: Assembler
  readonly #unpacker = new Unpacker()
  readonly #headers = new ReceivedHeaderKinds()
  #pending = 0

  constructor(link: Link, host: InboundHost<Link>) {
    this.#link = link
    this.#host = host
    this.#assembler = new Assembler(host.settings.maxFrameBytes)
  }

  /** Frames that have come in and have not met their end. */
  get pending(): number {
    return this.#pending
  }

  /** A frame has met its end. */
  finished(): void {
    this.#pending -= 1
  }

  /** A frame that fits into one packet. */
  message(payload: Buffer): void {
    if (payload.length < messageHead) throw meshError('SM_MESH_PROTOCOL', 'A message ends within its head')
    const arrival = this.#arrival(payload, 0, payload.length - messageHead)
    const marks = payload[2] as number
    if (marks & mark.known) {
      this.#host.arrived(arrival, this.#known(payload, (marks & mark.packed) !== 0))
      return
    }
    let frame: Frame
    try {
      frame = decodeFrame(payload.subarray(messageHead))
    } catch (error) {
      this.#host.unread(arrival)
      this.#unreadable(arrival, error)
      return
    }
    this.#host.arrived(arrival, this.#readable(payload, 0, frame))
  }

  /** The announcement of a large frame. */
  first(payload: Buffer): void {
    if (payload.length !== 8 + messageHead) {
      throw meshError('SM_MESH_PROTOCOL', 'The head of a large frame has the wrong size')
    }
    const stream = payload.readUInt32BE(0)
    const bytes = payload.readUInt32BE(4)
    this.#assembler.expect(stream, bytes, () => {
      const arrival = this.#arrival(payload, 8, bytes)
      const take = this.#host.announced(arrival)
      if (!take) return undefined
      return (frame, error) => {
        take(frame && this.#readable(payload, 8, frame))
        if (error !== undefined) this.#unreadable(arrival, error)
      }
    })
  }

  /** Records that packed bodies will refer to. */
  records(payload: Buffer): void {
    this.#unpacker.learn(payload)
  }

  /** A header that messages will refer to. */
  header(payload: Buffer): void {
    this.#headers.learn(payload)
  }

  /** A part of a large frame. */
  chunk(payload: Buffer): void {
    this.#assembler.chunk(payload)
  }

  /** Nothing more will come. */
  close(): void {
    this.#assembler.close()
  }

  /** A frame whose header was told before. */
  #known(payload: Buffer, packed: boolean): Frame {
    const header = this.#headers.read(payload)
    const bytes = payload.subarray(this.#headers.bodyAt)
    const { contentType } = header
    return { header, body: packed ? this.#unpacker.body(contentType, bytes) : fromBytes(bytes, contentType) }
  }

  /** The frame as others read it, also when its body is packed. */
  #readable(payload: Buffer, at: number, frame: Frame): Frame {
    return (payload[at + 2] as number) & mark.packed ? this.#unpacker.frame(frame) : frame
  }

  #arrival(payload: Buffer, at: number, frameLength: number): InboundArrival<Link> {
    const reliable = ((payload[at + 2] as number) & mark.reliable) !== 0
    const sequence = reliable ? payload.readUInt32BE(at + 4) : undefined
    if (sequence !== undefined) this.#pending += 1
    return {
      link: this.#link,
      interest: payload.readUInt16BE(at),
      sequence,
      attempt: Math.max(1, payload[at + 3] as number),
      cost: costOf(frameLength),
    }
  }

  /** A frame that nobody can read is done with: sent again it would be the same. */
  #unreadable({ sequence }: InboundArrival<Link>, error: unknown): void {
    this.#host.fault(error)
    if (sequence !== undefined) this.#link.settle(sequence)
  }
}

/** A link that tells its peer how a frame ended. */
interface SettlingLink {
  settle(sequence: number): void
}

/** A frame that came in over a link. */
export interface InboundArrival<Link> {
  readonly link: Link
  readonly interest: number
  /** Undefined for an at-most-once frame: nobody waits for its settlement. */
  readonly sequence: number | undefined
  readonly attempt: number
  readonly cost: number
}

/** The receiver of what comes in. */
export interface InboundHost<Link> {
  readonly settings: { readonly maxFrameBytes: number }
  /** A frame has come in. */
  arrived(arrival: InboundArrival<Link>, frame: Frame): void
  /**
   * A large frame has begun to come in: what comes after it waits for it. Returns who takes it when it is whole, or
   * undefined when it never will be; returns undefined when nobody wants it.
   */
  announced(arrival: InboundArrival<Link>): ((frame: Frame | undefined) => void) | undefined
  /** A frame has come in that nobody can read: it has cost its credit all the same. */
  unread(arrival: InboundArrival<Link>): void
  /** A fault of the peer that does not end the link. */
  fault(error: unknown): void
}

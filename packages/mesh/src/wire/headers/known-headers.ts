import { encodeFrame, type Frame, type Header } from '@sm/core/transport'
import type { Output } from '../packets/output.ts'
import { isIdByte, mark, maxKnownHeaders, messageHead, packet, shortHeaderBytes, ulidBytes } from '../packets/packet.ts'
import { type MessageHead, writeHead, writeMoment } from '../packets/packet-writer.ts'

const nothing = new Uint8Array(0)

/** A header that was sent, and maybe told. */
interface Known {
  readonly number: number
  header: Header
  told: boolean
}

/**
 * Tells one peer the headers that come again and again: a frame then names one and brings only what differs, its ids and
 * times. A type's header is told when two in a row are alike.
 */
export class KnownHeaders {
  readonly #output: Output
  readonly #byType = new Map<string, Known>()

  constructor(output: Output) {
    this.#output = output
  }

  /**
   * Writes a frame by the number of its header, and returns its bytes behind the head. Writes no frame and returns
   * undefined where the frame has to bring all of its header.
   */
  write(head: MessageHead, frame: Frame): number | undefined {
    const number = this.#numberOf(frame.header)
    return number === undefined ? undefined : writeShort(this.#output, head, number, frame)
  }

  #numberOf(header: Header): number | undefined {
    const { key, encodings, traceparent, tracestate, extensions } = header
    if ((key ?? encodings ?? traceparent ?? tracestate ?? extensions) !== undefined) return undefined
    const known = this.#byType.get(header.type)
    if (!known) {
      const number = this.#byType.size
      if (number < maxKnownHeaders) this.#byType.set(header.type, { number, header, told: false })
      return undefined
    }
    if (!areAlike(known.header, header)) {
      known.header = header
      known.told = false
      return undefined
    }
    if (!known.told) this.#tell(known)
    return known.number
  }

  #tell(known: Known): void {
    const { header, number } = known
    const body = { contentType: header.contentType, value: () => nothing, bytes: () => nothing }
    const bytes = encodeFrame({ header, body })
    const target = this.#output.begin(packet.header, 1 + bytes.length)
    const at = target.writeUInt8(number, this.#output.at)
    target.set(bytes, at)
    this.#output.end(at + bytes.length)
    known.told = true
  }
}

/** Whether two headers of one type differ in ids and times alone. */
function areAlike(a: Header, b: Header): boolean {
  return (
    a.version === b.version &&
    a.from === b.from &&
    a.to === b.to &&
    a.replyTo === b.replyTo &&
    a.delivery === b.delivery &&
    a.contentType === b.contentType &&
    (a.correlationId === undefined) === (b.correlationId === undefined) &&
    (a.causationId === undefined) === (b.causationId === undefined) &&
    (a.expiresAt === undefined) === (b.expiresAt === undefined)
  )
}

function writeShort(output: Output, head: MessageHead, number: number, { header, body }: Frame): number | undefined {
  const { id, time, expiresAt, correlationId, causationId } = header
  const bytes = body.bytes()
  const length = shortHeaderBytes(header) + bytes.length
  const target = output.begin(packet.message, messageHead + length)
  const start = output.at
  let at = writeHead(target, start, head)
  target[start + 2] = (target[start + 2] as number) | mark.known
  target[at] = number
  at = writeMoment(target, at + 1, time)
  if (expiresAt !== undefined) at = writeMoment(target, at, expiresAt)
  at = writeId(target, at, id)
  if (correlationId !== undefined) at = writeId(target, at, correlationId)
  if (causationId !== undefined) at = writeId(target, at, causationId)
  if (Number.isNaN(at)) return undefined
  target.set(bytes, at)
  output.end(at + bytes.length)
  return length
}

/** Writes an id of the form in which ids go without a length, and returns where it ends; NaN for another. */
function writeId(target: Buffer, at: number, id: string): number {
  if (id.length !== ulidBytes) return Number.NaN
  for (let i = 0; i < ulidBytes; i++) {
    const code = id.charCodeAt(i)
    if (!isIdByte(code)) return Number.NaN
    target[at + i] = code
  }
  return at + ulidBytes
}

import { areOfOneHeaderKind, type Frame, type Header, hasHeaderKind } from '@sm/core/transport'
import type { Output } from '../packets/output.ts'
import { bytesBesideKind, isIdByte, mark, maxHeaderKinds, messageHead, packet, ulidBytes } from '../packets/packet.ts'
import { type MessageHead, writeHead, writeMoment } from '../packets/packet-writer.ts'
import { encodeHeader } from './encode-header.ts'

/** The header kind of a type: the header that was sent last, and whether the peer was told of it. */
interface SentKind {
  readonly number: number
  header: Header
  told: boolean
}

/**
 * Tells one peer the header kinds that come again and again: a frame then names its kind and brings only its ids and times. The
 * kind of a type is told when two headers in a row are of it.
 */
export class SentHeaderKinds {
  readonly #output: Output
  readonly #byType = new Map<string, SentKind>()

  constructor(output: Output) {
    this.#output = output
  }

  /**
   * Writes a frame by the number of its header kind, and returns its bytes behind the head. Writes no frame and returns
   * undefined where the frame has to bring all of its header.
   */
  write(head: MessageHead, frame: Frame): number | undefined {
    const number = this.#numberOf(frame.header)
    return number === undefined ? undefined : writeShort(this.#output, head, number, frame)
  }

  #numberOf(header: Header): number | undefined {
    if (!hasHeaderKind(header)) return undefined
    const known = this.#byType.get(header.type)
    if (!known) {
      const number = this.#byType.size
      if (number < maxHeaderKinds) this.#byType.set(header.type, { number, header, told: false })
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

  #tell(known: SentKind): void {
    const { header, number } = known
    const bytes = encodeHeader(header)
    const target = this.#output.begin(packet.header, 1 + bytes.length)
    const at = target.writeUInt8(number, this.#output.at)
    target.set(bytes, at)
    this.#output.end(at + bytes.length)
    known.told = true
  }
}

/** Whether a frame with one of two headers can be written as one with the other: of one kind, with the same ids and times. */
function areAlike(a: Header, b: Header): boolean {
  return (
    areOfOneHeaderKind(a, b) &&
    (a.correlationId === undefined) === (b.correlationId === undefined) &&
    (a.causationId === undefined) === (b.causationId === undefined) &&
    (a.expiresAt === undefined) === (b.expiresAt === undefined)
  )
}

function writeShort(output: Output, head: MessageHead, number: number, { header, body }: Frame): number | undefined {
  const { id, time, expiresAt, correlationId, causationId } = header
  const bytes = body.bytes()
  const length = bytesBesideKind(header) + bytes.length
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

import { type FrameFormat, toTimestamp, WrittenHeaderKinds } from '@sm/brokered'
import { encodeFrame, type Frame, type Header, hasHeaderKind, toAttributes, toCloudEventJson } from '@sm/core/transport'

/** An event in JSON, as it is sent: text, then the bytes of its payload, if those are in it as they are. */
export class WireEvent {
  /** In bytes. */
  readonly length: number
  readonly #text: string
  readonly #isAscii: boolean
  readonly #data: Uint8Array | undefined

  constructor(text: string, isAscii: boolean, data?: Uint8Array) {
    this.#text = text
    this.#isAscii = isAscii
    this.#data = data
    this.length = (isAscii ? text.length : Buffer.byteLength(text)) + (data === undefined ? 0 : data.length + 1)
  }

  /** Writes it into a buffer. Returns where it ends. */
  write(into: Buffer, start: number): number {
    let at = start + into.write(this.#text, start, this.#isAscii ? 'latin1' : 'utf8')
    if (this.#data === undefined) return at
    into.set(this.#data, at)
    at += this.#data.length
    into[at] = closingBrace
    return at + 1
  }

  toString(): string {
    const bytes = Buffer.allocUnsafe(this.length)
    this.write(bytes, 0)
    return bytes.toString('utf8')
  }
}

const closingBrace = 0x7d

/** Text that JSON holds as it is, in one byte for each character. */
const PLAIN = /^[\w.:/-]+$/

/** The attributes that frames of one kind share, as text without its end. */
const kinds = new WrittenHeaderKinds(header => {
  const { id: _i, time: _t, expirytime: _e, correlationid: _c, causationid: _u, ...shared } = toAttributes(header)
  const text = JSON.stringify(shared).slice(0, -1)
  return { text, isAscii: Buffer.byteLength(text) === text.length }
})

function isSimple(header: Header): boolean {
  const { id, correlationId, causationId } = header
  return (
    hasHeaderKind(header) &&
    PLAIN.test(id) &&
    (correlationId === undefined || PLAIN.test(correlationId)) &&
    (causationId === undefined || PLAIN.test(causationId))
  )
}

/** Writes a frame. */
export function writeEvent(frame: Frame, format: FrameFormat): WireEvent | Buffer {
  return format === 'cloudevents' ? toWireEvent(frame) : (encodeFrame(frame) as Buffer)
}

/**
 * A frame as a CloudEvent in JSON, as `toCloudEventJson` writes it, with the bytes of a JSON payload as they are: they have been made
 * already, to know how long they are. What frames of one kind have in common comes first, for readers that know it already.
 */
export function toWireEvent(frame: Frame): WireEvent {
  const { header, body } = frame
  if (header.contentType !== 'application/json' || header.encodings !== undefined) {
    return new WireEvent(toCloudEventJson(frame), false)
  }
  // Refuses bytes from elsewhere that are no JSON.
  body.value()
  if (!isSimple(header)) {
    return new WireEvent(`${JSON.stringify(toAttributes(header)).slice(0, -1)},"data":`, false, body.bytes())
  }
  const { id, time, expiresAt, correlationId, causationId } = header
  const common = kinds.of(header)
  let text = `${common.text},"id":"${id}","time":"${toTimestamp(time)}"`
  if (expiresAt !== undefined) text += `,"expirytime":"${toTimestamp(expiresAt)}"`
  if (correlationId !== undefined) text += `,"correlationid":"${correlationId}"`
  if (causationId !== undefined) text += `,"causationid":"${causationId}"`
  return new WireEvent(`${text},"data":`, common.isAscii, body.bytes())
}

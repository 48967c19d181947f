import { type Frame, type Header, toAttributes, toCloudEventJson } from '@sm/core/transport'

/** What differs from frame to frame, or is seldom there: a header that has one of these is written as a whole. */
const varying = [
  ...(['replyTo', 'correlationId', 'causationId', 'expiresAt', 'key', 'traceparent', 'tracestate'] as const),
  'extensions',
] as const satisfies readonly (keyof Header)[]

/** The attributes that frames of one kind share, as text without its end. */
interface Kind {
  readonly header: Header
  readonly text: string
}

let last: Kind | undefined

let lastTime = { ms: 0, text: new Date(0).toISOString() }

function timeText(ms: number): string {
  if (ms !== lastTime.ms) lastTime = { ms, text: new Date(ms).toISOString() }
  return lastTime.text
}

function isOfKind(kind: Kind, header: Header): boolean {
  const { type, version, from, to, delivery } = kind.header
  return (
    header.type === type &&
    header.from === from &&
    header.to === to &&
    header.version === version &&
    header.delivery === delivery
  )
}

/** The attributes as JSON, without the brace at the end. Frames of one sender, type and receiver differ in id and time alone. */
function attributesText(header: Header): string {
  for (const name of varying) if (header[name] !== undefined) return JSON.stringify(toAttributes(header)).slice(0, -1)
  if (last === undefined || !isOfKind(last, header)) {
    const { id: _id, time: _time, ...shared } = toAttributes(header)
    last = { header, text: JSON.stringify(shared).slice(0, -1) }
  }
  return `${last.text},"id":${JSON.stringify(header.id)},"time":"${timeText(header.time)}"`
}

/**
 * A frame as a CloudEvent in JSON, as `toCloudEventJson` writes it, with the bytes of a JSON payload as they are: they have been made
 * already, to know how long they are.
 */
export function toEventText(frame: Frame): string {
  const { header, body } = frame
  if (header.contentType !== 'application/json' || header.encodings !== undefined) return toCloudEventJson(frame)
  // Refuses bytes from elsewhere that are no JSON.
  body.value()
  const bytes = body.bytes()
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  return `${attributesText(header)},"data":${data}}`
}

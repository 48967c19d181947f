import type { MsgHdrs } from '@nats-io/transport-node'
import { type Frame, type Header, toCloudEventHeaders } from '@sm/core/transport'

/** What stands ahead of all headers. */
export const firstLine = 'NATS/1.0\r\n'

/** Text that needs no encoding as the value of a header. */
const PLAIN = /^[!#$&-~]+$/

/** Attributes that differ from message to message. They are written last, by themselves. */
const changing = { id: '0', time: 0, expiresAt: undefined, correlationId: undefined, causationId: undefined } as const

/** What the messages of one kind have in common, and the lines that say so. */
interface Kind {
  readonly header: Header
  readonly lines: string
}

/** Most kinds that are remembered. */
const maxKinds = 256

const kinds = new Map<string, Kind>()
let lastKind: Kind | undefined
let lastTime = Number.NaN
let lastTimestamp = ''

/** Headers as the client wants them, written already. It asks them for nothing but their bytes. */
export function toHeaders(text: string): MsgHdrs {
  return { encode: () => Buffer.from(text, 'latin1') } as unknown as MsgHdrs
}

/**
 * The header of a frame as headers of NATS, `more` among them: whole lines, each with its end. What messages of one kind have
 * in common is written once and comes first, so that readers need to read it once.
 */
export function eventHeaders(frame: Frame, more = ''): string {
  const { header } = frame
  const { id, correlationId, causationId, expiresAt } = header
  if (!isSimple(header)) return wholeHeaders(frame, more)
  const { lines } = kindOf(frame)
  let text = `${lines}ce-id: ${id}\r\nce-time: ${timestamp(header.time)}\r\n`
  if (expiresAt !== undefined) text += `ce-expirytime: ${new Date(expiresAt).toISOString()}\r\n`
  if (correlationId !== undefined) text += `ce-correlationid: ${correlationId}\r\n`
  if (causationId !== undefined) text += `ce-causationid: ${causationId}\r\n`
  return `${text}${more}\r\n`
}

/** Whether nothing of a header is rare or needs encoding. */
function isSimple({
  id,
  correlationId,
  causationId,
  key,
  encodings,
  tracestate,
  traceparent,
  extensions,
}: Header): boolean {
  return (
    key === undefined &&
    encodings === undefined &&
    tracestate === undefined &&
    traceparent === undefined &&
    extensions === undefined &&
    PLAIN.test(id) &&
    (correlationId === undefined || PLAIN.test(correlationId)) &&
    (causationId === undefined || PLAIN.test(causationId))
  )
}

function wholeHeaders(frame: Frame, more: string): string {
  const headers = toCloudEventHeaders(frame)
  let text = firstLine
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`
  return `${text}${more}\r\n`
}

function kindOf(frame: Frame): Kind {
  const { header } = frame
  if (lastKind !== undefined && isOfKind(header, lastKind.header)) return lastKind
  const { type, version, from, to, replyTo, delivery, contentType } = header
  const key = `${type}\n${version}\n${from}\n${to}\n${replyTo}\n${delivery}\n${contentType}`
  lastKind = kinds.get(key) ?? addKind(key, frame)
  return lastKind
}

function isOfKind(a: Header, b: Header): boolean {
  return (
    a.type === b.type &&
    a.version === b.version &&
    a.from === b.from &&
    a.to === b.to &&
    a.replyTo === b.replyTo &&
    a.delivery === b.delivery &&
    a.contentType === b.contentType
  )
}

function addKind(key: string, { header, body }: Frame): Kind {
  const headers = toCloudEventHeaders({ header: { ...header, ...changing }, body })
  let lines = firstLine
  for (const name in headers) if (name !== 'ce-id' && name !== 'ce-time') lines += `${name}: ${headers[name]}\r\n`
  const kind = { header, lines }
  if (kinds.size >= maxKinds) kinds.clear()
  kinds.set(key, kind)
  return kind
}

/** Many messages share a millisecond. */
function timestamp(time: number): string {
  if (time !== lastTime) {
    lastTime = time
    lastTimestamp = new Date(time).toISOString()
  }
  return lastTimestamp
}

import type { MsgHdrs, PublishOptions } from '@nats-io/transport-node'
import { type FrameFormat, toTimestamp, WrittenHeaderKinds } from '@sm/brokered'
import { encodeFrame, type Frame, type Header, hasHeaderKind, toCloudEventHeaders } from '@sm/core/transport'

/** The first line of all headers. */
export const firstLine = 'NATS/1.0\r\n'

/** Text that needs no encoding as the value of a header. */
const PLAIN = /^[!#$&-~]+$/

/** Attributes that differ from message to message. They are written last, by themselves. */
const changing = { id: '0', time: 0, expiresAt: undefined, correlationId: undefined, causationId: undefined } as const

/** The lines of one header kind. */
const kinds = new WrittenHeaderKinds(header => {
  const headers = toCloudEventHeaders({ header: { ...header, ...changing } })
  let lines = firstLine
  for (const name in headers) if (name !== 'ce-id' && name !== 'ce-time') lines += `${name}: ${headers[name]}\r\n`
  return lines
})

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
  let text = `${kinds.of(header)}ce-id: ${id}\r\nce-time: ${toTimestamp(header.time)}\r\n`
  if (expiresAt !== undefined) text += `ce-expirytime: ${toTimestamp(expiresAt)}\r\n`
  if (correlationId !== undefined) text += `ce-correlationid: ${correlationId}\r\n`
  if (causationId !== undefined) text += `ce-causationid: ${causationId}\r\n`
  return `${text}${more}\r\n`
}

/** Whether nothing of a header is rare or needs encoding. */
function isSimple(header: Header): boolean {
  const { id, correlationId, causationId } = header
  return (
    hasHeaderKind(header) &&
    PLAIN.test(id) &&
    (correlationId === undefined || PLAIN.test(correlationId)) &&
    (causationId === undefined || PLAIN.test(causationId))
  )
}

/** A frame as it is sent. */
export interface WrittenEvent {
  /** Its headers as text; empty where it has none. */
  readonly headers: string
  readonly body: Uint8Array
}

/** Writes a frame. `more` are headers besides its own: whole lines, each with its end. */
export function writeEvent(frame: Frame, format: FrameFormat, more = ''): WrittenEvent {
  if (format === 'cloudevents') return { headers: eventHeaders(frame, more), body: frame.body.bytes() }
  return { headers: more === '' ? '' : `${firstLine}${more}\r\n`, body: encodeFrame(frame) }
}

/** What goes along with a message: where to answer, and its headers, if it has any. */
export function withHeaders(reply: string, headers: string): PublishOptions {
  return headers === '' ? { reply } : { reply, headers: toHeaders(headers) }
}

function wholeHeaders(frame: Frame, more: string): string {
  const headers = toCloudEventHeaders(frame)
  let text = firstLine
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`
  return `${text}${more}\r\n`
}

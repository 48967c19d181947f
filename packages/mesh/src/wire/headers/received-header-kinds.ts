import { decodeFrame, type Header, maxTime } from '@sm/core/transport'
import { meshError } from '../../errors.ts'
import { bytesBesideKind, isIdByte, maxHeaderKinds, maxKindBytes, messageHead, ulidBytes } from '../packets/packet.ts'

/** The header kinds that one peer has told, by their numbers. */
export class ReceivedHeaderKinds {
  readonly #headers: Array<Header | undefined> = []
  #at = 0

  /** Takes a header. Throws `SM_MESH_PROTOCOL`, or what `decodeFrame` throws. */
  learn(payload: Buffer): void {
    const number = payload.length === 0 ? maxHeaderKinds : payload.readUInt8(0)
    if (number >= maxHeaderKinds || payload.length > maxKindBytes) throw malformed('A header kind')
    this.#headers[number] = decodeFrame(payload.subarray(1)).header
  }

  /** The header of a message that names one. Throws `SM_MESH_PROTOCOL`. */
  read(payload: Buffer): Header {
    const known = this.#headers[payload[messageHead] ?? maxHeaderKinds]
    if (!known) throw meshError('SM_MESH_PROTOCOL', 'A message names a header kind that nobody told')
    const bodyAt = messageHead + bytesBesideKind(known)
    if (payload.length < bodyAt) throw malformed('A message that names its header kind')
    this.#at = messageHead + 1
    const time = this.#moment(payload)
    const expiresAt = known.expiresAt === undefined ? undefined : this.#moment(payload)
    return {
      id: this.#id(payload),
      type: known.type,
      version: known.version,
      from: known.from,
      to: known.to,
      replyTo: known.replyTo,
      correlationId: known.correlationId === undefined ? undefined : this.#id(payload),
      causationId: known.causationId === undefined ? undefined : this.#id(payload),
      time,
      expiresAt,
      key: known.key,
      delivery: known.delivery,
      contentType: known.contentType,
      encodings: known.encodings,
      traceparent: known.traceparent,
      tracestate: known.tracestate,
      extensions: known.extensions,
    }
  }

  /** Where the body of the message begins whose header was read last. */
  get bodyAt(): number {
    return this.#at
  }

  #moment(payload: Buffer): number {
    const at = this.#at
    const ms = payload.readUInt32BE(at) * 0x1_0000_0000 + payload.readUInt32BE(at + 4)
    if (ms > maxTime) throw malformed('A time')
    this.#at = at + 8
    return ms
  }

  #id(payload: Buffer): string {
    const at = this.#at
    const end = at + ulidBytes
    for (let i = at; i < end; i++) if (!isIdByte(payload[i] as number)) throw malformed('An id')
    this.#at = end
    return payload.toString('latin1', at, end)
  }
}

function malformed(what: string) {
  return meshError('SM_MESH_PROTOCOL', `${what} has the wrong form`)
}

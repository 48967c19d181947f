import { websocketError } from '../errors.ts'

/** The protocol between agent and hub, as WebSocket calls it. Another major is another name. */
export const subprotocol = 'smartmessage.hub.1'

/** The kinds of binary messages. All but data are rare. */
export const kinds = {
  /** Agent to hub: open a stream to the instance that the payload names. Hub to agent: the agent named there has opened one. */
  open: 1,
  /** Hub to agent: the stream that it asked for is there. */
  opened: 2,
  /** Bytes of a stream. */
  data: 3,
  /** Hub to agent: so many more bytes of a stream may be sent, as 32 bits. */
  credit: 4,
  /** A stream ends in good order. */
  end: 5,
  /** A stream ends at once, or was refused. */
  reset: 6,
  /** A sign of life is asked for. */
  ping: 7,
  pong: 8,
} as const

export type Kind = (typeof kinds)[keyof typeof kinds]

const headBytes = 5
/** Most bytes of a stream in one message. */
export const maxDataBytes = 65_536
/** Largest message that a hub takes. */
export const maxPacketBytes = headBytes + maxDataBytes

/** A binary message: its kind, the number of its stream, and what follows. The payload is a view into the message. */
export interface Packet {
  readonly kind: Kind
  readonly stream: number
  readonly payload: Buffer
}

const none = Buffer.alloc(0)

/** Makes a message of its own; the payload is copied. */
export function toPacket(kind: Kind, stream: number, payload: Uint8Array = none): Buffer {
  const packet = Buffer.allocUnsafe(headBytes + payload.length)
  packet[0] = kind
  packet.writeUInt32BE(stream, 1)
  packet.set(payload, headBytes)
  return packet
}

export function toCredit(stream: number, bytes: number): Buffer {
  const payload = Buffer.allocUnsafe(4)
  payload.writeUInt32BE(bytes)
  return toPacket(kinds.credit, stream, payload)
}

/** Makes a data message one of another stream, in place. */
export function readdress(packet: Buffer, stream: number): void {
  packet.writeUInt32BE(stream, 1)
}

/** Reads a message. Throws `SM_WEBSOCKET_PROTOCOL`. */
export function fromPacket(packet: Buffer): Packet {
  const kind = packet[0] as Kind
  if (packet.length < headBytes || kind < kinds.open || kind > kinds.pong) {
    throw websocketError('SM_WEBSOCKET_PROTOCOL', 'A binary message has no form that is known')
  }
  if (kind === kinds.credit && packet.length !== headBytes + 4) {
    throw websocketError('SM_WEBSOCKET_PROTOCOL', 'A credit is not 4 bytes')
  }
  return { kind, stream: packet.readUInt32BE(1), payload: packet.subarray(headBytes) }
}

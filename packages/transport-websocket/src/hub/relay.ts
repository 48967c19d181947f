import { websocketError } from '../errors.ts'
import { readdress, toCredit } from '../protocol/packet.ts'

/** Where the messages of one agent go. */
export interface RelaySink {
  send(packet: Buffer, onSent?: () => void): void
}

/** One direction of a stream between two agents: what the one sends, the other gets, and no faster than it takes it. */
export class Relay {
  readonly #from: RelaySink
  readonly #fromNumber: number
  readonly #to: RelaySink
  readonly #toNumber: number
  readonly #windowBytes: number
  /** How many more bytes may come. */
  #credit: number
  /** How many have left, and are not given back as credit yet. */
  #sent = 0

  constructor(from: RelaySink, fromNumber: number, to: RelaySink, toNumber: number, windowBytes: number) {
    this.#from = from
    this.#fromNumber = fromNumber
    this.#to = to
    this.#toNumber = toNumber
    this.#windowBytes = windowBytes
    this.#credit = windowBytes
  }

  /** Hands on a message with so many bytes of the stream. Throws `SM_WEBSOCKET_PROTOCOL` when they are too many. */
  forward(packet: Buffer, bytes: number): void {
    this.#credit -= bytes
    if (this.#credit < 0) throw websocketError('SM_WEBSOCKET_PROTOCOL', 'A stream sends more than it has credit for')
    readdress(packet, this.#toNumber)
    this.#to.send(packet, () => {
      this.#sent += bytes
      // Not for every message: a credit costs about as much as a message.
      if (this.#sent * 2 < this.#windowBytes) return
      this.#credit += this.#sent
      this.#from.send(toCredit(this.#fromNumber, this.#sent))
      this.#sent = 0
    })
  }
}

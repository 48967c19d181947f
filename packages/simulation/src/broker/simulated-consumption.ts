import type { Consumption, Sink } from '@sm/brokered'
import { Deque, decodeFrame, type Frame, type Settlement } from '@sm/core/transport'
import type { ClientSession } from './client-session.ts'
import type { FromBroker, QueueSpec } from './packets.ts'
import { RecentNumbers } from './recent-numbers.ts'

/** A frame that the broker has handed over, and the connection over which it came. */
export interface FrameToken {
  readonly tag: number
  readonly session: ClientSession
}

interface Arrived {
  readonly frame: Frame
  readonly attempt: number
  readonly token: FrameToken
}

/** One subscription at the broker. It is opened again on every connection. */
export class SimulatedConsumption implements Consumption<FrameToken> {
  readonly ready: Promise<void>
  readonly #number: number
  readonly #spec: QueueSpec
  readonly #sink: Sink<FrameToken>
  readonly #onClosed: () => void
  #isReady: () => void = () => undefined
  #session: ClientSession | undefined
  /** Frames for which there was no room. Never more than the prefetch. */
  readonly #arrived = new Deque<Arrived>()
  readonly #serials = new RecentNumbers()
  #opened: (() => void) | undefined
  #retired: (() => void) | undefined

  constructor(number: number, spec: QueueSpec, sink: Sink<FrameToken>, onClosed: () => void) {
    this.#number = number
    this.#spec = spec
    this.#sink = sink
    this.#onClosed = onClosed
    this.ready = new Promise(resolve => {
      this.#isReady = resolve
    })
  }

  /** Opens it on a connection. Resolves once the broker routes frames to it, or that connection is lost. */
  open(session: ClientSession): Promise<void> {
    // What is accepted for the group from now on is for those who stay.
    if (this.#retired) return Promise.resolve()
    this.#session = session
    this.#serials.clear()
    session.send({ kind: 'consume', consumer: this.#number, spec: this.#spec })
    return new Promise(resolve => {
      this.#opened = resolve
    })
  }

  /** The connection is gone: the broker gives what this consumer held to others, or again to this one. */
  lost(): void {
    this.#session = undefined
    this.#arrived.drain()
    this.#sink.lost()
    this.#opened?.()
    this.#retired?.()
  }

  heard(packet: FromBroker, session: ClientSession): void {
    if (session !== this.#session) return
    if (packet.kind === 'deliver') {
      const { tag, attempt, bytes } = packet
      this.#arrived.push({ frame: decodeFrame(bytes), attempt, token: { tag, session } })
      this.more()
    } else if (packet.kind === 'deliverOnce') {
      if (this.#serials.isNew(packet.serial)) this.#sink.takeOnce(decodeFrame(packet.bytes))
    } else if (packet.kind === 'consuming') {
      this.#opened?.()
      this.#isReady()
    } else if (packet.kind === 'retired') this.#retired?.()
  }

  settle({ tag, session }: FrameToken, settlement: Settlement): void {
    if (session === this.#session) session.sendLossy({ kind: 'settle', consumer: this.#number, tag, settlement })
  }

  more(): void {
    while (this.#arrived.length > 0 && this.#sink.room > 0) {
      const { frame, attempt, token } = this.#arrived.shift() as Arrived
      this.#sink.take(frame, attempt, token)
    }
  }

  retire(): Promise<void> {
    return new Promise(resolve => {
      this.#retired = resolve
      if (this.#session) this.#session.send({ kind: 'retire', consumer: this.#number })
      else resolve()
    })
  }

  async close(): Promise<void> {
    this.#onClosed()
    this.#session?.send({ kind: 'cancel', consumer: this.#number })
    this.#session = undefined
    this.#arrived.drain()
    // A caller that waits for it need wait no longer.
    this.#isReady()
    this.#retired?.()
  }
}

import { type Cancel, isSmError } from '@sm/core/transport'
import type { Connection } from '../connection.ts'
import { meshError } from '../errors.ts'
import type { Awaiting, FrameCopy } from '../groups/frame-copy.ts'
import { ChunkSender } from '../wire/bodies/chunk-sender.ts'
import { type Hello, type Interest, readHello, readInterests, readJson } from '../wire/packets/hello.ts'
import { Output } from '../wire/packets/output.ts'
import { knowsUnbegun, packet, unbegunDelay } from '../wire/packets/packet.ts'
import { PacketReader } from '../wire/packets/packet-reader.ts'
import { writeEmpty, writeJson, writeNack } from '../wire/packets/packet-writer.ts'
import { Reports } from '../wire/packets/reports.ts'
import { FrameSender } from './frame-sender.ts'
import { Inbound, type InboundArrival } from './inbound.ts'
import type { LinkHost } from './link-host.ts'
import { Pulse } from './pulse.ts'
import type { RoundTrip } from './round-trips.ts'
import { Unsettled } from './unsettled.ts'

/** A frame that came in over a link. */
export type Arrival = InboundArrival<Link>

/** One live connection to a peer: handshake, frames both ways, acknowledgements, signs of life. */
export class Link {
  /** Whether this side dialled. */
  readonly dialled: boolean
  readonly #connection: Connection
  readonly #host: LinkHost<Link>
  readonly #output: Output
  readonly #reader: PacketReader
  readonly #chunks: ChunkSender
  readonly #inbound: Inbound<Link>
  readonly #unsettled = new Unsettled()
  readonly #reports: Reports
  readonly #pulse: Pulse
  #peer: Hello | undefined
  #sender: FrameSender | undefined
  #leaving = false
  #linger: Cancel | undefined
  #state: 'opening' | 'open' | 'closed' = 'opening'
  /** True once another link to the same peer has taken its place, or a goodbye was said. */
  retired = false

  constructor(connection: Connection, dialled: boolean, host: LinkHost<Link>) {
    this.dialled = dialled
    this.#connection = connection
    this.#host = host
    this.#output = new Output(
      connection,
      () => this.#chunks.next(),
      () => this.#state === 'open' && host.room(this),
    )
    this.#chunks = new ChunkSender(this.#output)
    this.#reports = new Reports(this.#output)
    this.#inbound = new Inbound(this, host)
    this.#reader = new PacketReader((kind, payload) => this.#packet(kind, payload))
    this.#pulse = new Pulse(host, this.#output, connection.remote, error => this.destroy(error))
    // First of all: a connection may deliver within open(), and what is said in answer must not come before the greeting.
    writeJson(this.#output, packet.hello, host.hello)
    connection.open({
      data: chunk => this.#data(chunk),
      drain: () => this.#output.drain(),
      closed: error => {
        this.#linger?.()
        this.#lost(error)
      },
    })
    this.#output.flush()
  }

  /** The peer at the other end. Undefined before the handshake. */
  get peer(): Hello | undefined {
    return this.#peer
  }

  /** Whether frames may be sent. */
  get open(): boolean {
    return this.#state === 'open' && !this.retired
  }

  /** Neither greeted yet nor closed. What is there already when a connection opens may greet within the constructor. */
  get isOpening(): boolean {
    return this.#state === 'opening'
  }

  /** How long a ping takes, and how far the peer's clock is off. Undefined before the first answer. */
  get roundTrip(): RoundTrip | undefined {
    return this.#pulse.roundTrip
  }

  /** How old a frame of the peer is, whatever the clocks of both sides say. Undefined where the peer does not tell its time. */
  ageMs(time: number): number | undefined {
    const { roundTrip } = this
    // It was written a moment ago: a link is measured as soon as it is open.
    if (!roundTrip) return 0
    const { clockOffsetMs } = roundTrip
    return clockOffsetMs === undefined ? undefined : Math.max(0, this.#host.clock.now() + clockOffsetMs - time)
  }

  /** Whether the wire is slower than those who write to it. */
  get congested(): boolean {
    return this.#output.congested
  }

  /** Frames that the peer has not settled, or that have not left altogether. */
  get unsettled(): number {
    return this.#unsettled.size + this.#chunks.waiting
  }

  /** Sends a frame to an interest of the peer, and returns what it costs of the interest's credit. */
  send(interest: number, copy: FrameCopy): number {
    return (this.#sender as FrameSender).send(interest, copy)
  }

  /** Calls `visit` with each publish that the peer has not confirmed. */
  eachAwaiting(visit: (awaiting: Awaiting) => void): void {
    this.#unsettled.eachAwaiting(visit)
  }

  /** Tells the peer what this side wants, also that it wants nothing. */
  interests(add: readonly Interest[], remove: readonly number[]): void {
    // A few at a time: a packet is bounded, and an interest is at most a few hundred bytes.
    for (let i = 0; i === 0 || i < Math.max(add.length, remove.length); i += 64) {
      writeJson(this.#output, packet.interest, { add: add.slice(i, i + 64), remove: remove.slice(i, i + 64) })
    }
  }

  /** A frame that came in has been taken: who published it may know. */
  accept(sequence: number): void {
    this.#reports.accept(sequence)
  }

  /** A frame that came in has been handled, or never will be. */
  settle(sequence: number): void {
    this.#reports.settle(sequence)
    this.#finished()
  }

  /** A frame that came in goes back. `begun` is false when no handler began with it: then it was no try. */
  nack(sequence: number, delayMs: number, begun = true): void {
    if (this.#state === 'closed') return
    // First what was said before of this frame and others: the peer forgets a frame that comes back.
    this.#reports.flush()
    writeNack(this.#output, sequence, begun || !knowsUnbegun(this.#peer) ? delayMs : unbegunDelay(delayMs))
    this.#finished()
  }

  /** The peer may have sent so much to an interest of this side, in all. */
  grant(interest: number, granted: number): void {
    this.#reports.grant(interest, granted)
  }

  /** Resolves when all that this side has written was read, and all that the peer wrote before has come in; or at the end. */
  barrier(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve()
    return this.#pulse.barrier()
  }

  /** Another has taken its place: it ends once that one has told what the peer wants, and all that it carried itself is settled. */
  async retire(successor: Link): Promise<void> {
    this.retired = true
    await this.barrier()
    await successor.barrier()
    this.#leaving = true
    this.#leave()
  }

  /** Says goodbye: nothing more will be sent. The peer closes. */
  bye(): void {
    if (this.#state === 'closed') return
    this.retired = true
    this.#reports.flush()
    writeEmpty(this.#output, packet.bye)
    this.#output.flush()
    this.#end(undefined)
  }

  /** Refuses the peer, telling it why. */
  refuse(error: unknown): void {
    if (this.#state === 'closed') return
    const { code, message } = isSmError(error) ? error : meshError('SM_MESH_PROTOCOL', 'The peer cannot be taken')
    writeJson(this.#output, packet.refuse, { code, message: message.slice(0, 1_000) })
    this.#output.flush()
    this.#end(error)
  }

  destroy(error: unknown): void {
    this.#finish(error)
    this.#connection.destroy()
  }

  #data(chunk: Buffer): void {
    if (this.#state === 'closed') return
    this.#pulse.heard()
    try {
      this.#reader.read(chunk)
      this.#output.checkBacklog()
      if (this.#leaving) this.#leave()
    } catch (error) {
      if (this.#state === 'opening') this.refuse(error)
      else this.destroy(error)
    }
  }

  #packet(kind: number, payload: Buffer): void {
    if (this.#state === 'closed') return
    if (this.#state === 'opening') this.#handshake(kind, payload)
    else if (kind === packet.message) this.#inbound.message(payload)
    else if (kind === packet.settle) this.#unsettled.settled(payload)
    else if (kind === packet.accept) this.#unsettled.accepted(payload)
    else if (kind === packet.credit) this.#onCredit(payload)
    else this.#rarePacket(kind, payload)
  }

  #rarePacket(kind: number, payload: Buffer): void {
    if (kind === packet.first) this.#inbound.first(payload)
    else if (kind === packet.header) this.#inbound.header(payload)
    else if (kind === packet.records) this.#inbound.records(payload)
    else if (kind === packet.chunk) this.#inbound.chunk(payload)
    else if (kind === packet.nack) this.#unsettled.nacked(payload, (...returned) => this.#host.returned(...returned))
    else if (kind === packet.interest) {
      this.#host.interests(this, readInterests(payload, this.#host.settings.maxInterests))
    } else if (kind === packet.ping) this.#pulse.asked(payload)
    else if (kind === packet.pong) this.#pulse.answered(payload)
    else if (kind === packet.bye) this.#end(undefined)
    else if (kind === packet.refuse) this.#refused(payload)
    else throw meshError('SM_MESH_PROTOCOL', `A packet has the unknown kind ${kind}`)
  }

  #handshake(kind: number, payload: Buffer): void {
    if (kind === packet.refuse) {
      this.#refused(payload)
      return
    }
    if (kind !== packet.hello) throw meshError('SM_MESH_PROTOCOL', `The first packet has the kind ${kind}`)
    const peer = readHello(payload, this.#connection.identity)
    this.#peer = peer
    this.#sender = new FrameSender({
      host: this.#host,
      remote: this.#connection.remote,
      peer,
      output: this.#output,
      chunks: this.#chunks,
      unsettled: this.#unsettled,
    })
    this.#host.opened(this)
    if (this.#state !== 'opening') return
    this.#state = 'open'
    this.#reader.trust()
    this.#pulse.start()
  }

  #refused(payload: Buffer): void {
    const { code, message } = readJson(payload, 'A refusal')
    const what = `${this.#connection.remote} said ${String(code).slice(0, 60)}: ${String(message).slice(0, 500)}`
    // A refusal for the version is told as what it is, on both sides.
    const error = meshError(code === 'SM_MESH_VERSION' ? 'SM_MESH_VERSION' : 'SM_MESH_REFUSED', what)
    this.destroy(error)
  }

  #onCredit(payload: Buffer): void {
    if (payload.length % 6 !== 0) throw meshError('SM_MESH_PROTOCOL', 'A packet of credit ends within one')
    for (let at = 0; at < payload.length; at += 6) {
      this.#host.credit(this, payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
    }
  }

  /** A connection that ends with a coded error knows better why. */
  #lost(cause: Error | undefined): void {
    const error = () => meshError('SM_MESH_LINK_LOST', `The link to ${this.#connection.remote} ended`, { cause })
    this.#finish(isSmError(cause) ? cause : error())
  }

  #finish(error: unknown): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#pulse.stop()
    this.#reports.close()
    this.#inbound.close()
    this.#host.closed(this, error, this.#unsettled.drain())
  }

  /** The end, once what was written has left. A peer that does not read does not hold the connection for ever. */
  #end(error: unknown): void {
    this.#finish(error)
    this.#linger = this.#host.clock.schedule(() => this.#connection.destroy(), this.#host.settings.handshakeMs)
    this.#output.finish(() => this.#connection.end())
  }

  /** A frame that came in has met its end. */
  #finished(): void {
    this.#inbound.finished()
    if (this.#leaving) this.#leave()
  }

  #leave(): void {
    if (this.#inbound.pending <= 0 && this.unsettled === 0) this.bye()
  }
}

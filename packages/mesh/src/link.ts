import { type Cancel, type Clock, decodeFrame, type Frame, frameBytes, isSmError, writeFrame } from '@sm/core/transport'
import type { Connection } from './connection.ts'
import type { Entry } from './entry.ts'
import { meshError } from './errors.ts'
import type { MeshSettings } from './options.ts'
import { Assembler } from './wire/assembler.ts'
import { ChunkSender } from './wire/chunk-sender.ts'
import { type Hello, type Interest, type InterestChange, readHello, readInterests, readJson } from './wire/hello.ts'
import { Output } from './wire/output.ts'
import { chunkBytes, costOf, mark, messageHead, packet } from './wire/packet.ts'
import { PacketReader } from './wire/packet-reader.ts'
import { Ranges, readRanges } from './wire/ranges.ts'

/** A frame that came in over a link. */
export interface Arrival {
  readonly link: Link
  readonly interest: number
  /** Undefined for an at-most-once frame: nobody waits for its settlement. */
  readonly sequence: number | undefined
  readonly attempt: number
  readonly cost: number
}

/** What a link tells the mesh. Nothing is called after `closed`. */
export interface LinkHost {
  readonly hello: Hello
  readonly settings: MeshSettings
  readonly clock: Clock
  /** Both sides have said who they are. Throws a coded error to refuse the peer. */
  opened(link: Link): void
  interests(link: Link, change: InterestChange): void
  /** A frame has come in. */
  arrived(arrival: Arrival, frame: Frame): void
  /** A large frame has begun to come in: what comes after it waits for it. Returns who takes it when it is whole. */
  announced(arrival: Arrival): (frame: Frame) => void
  /** So much may have been sent to an interest of the peer, in all. */
  credit(link: Link, interest: number, granted: number): void
  /** A frame that was sent has come back. */
  returned(entry: Entry, delayMs: number): void
  /** The link takes frames again. */
  room(link: Link): void
  /** A fault of the peer that does not end the link. */
  fault(link: Link, error: unknown): void
  /** The end. `error` is undefined after a goodbye. `unsettled` are the frames of which the peer has told no end. */
  closed(link: Link, error: unknown, unsettled: readonly Entry[]): void
}

/** One live connection to a peer: handshake, frames both ways, acknowledgements, signs of life. */
export class Link {
  /** Whether this side dialled. */
  readonly dialled: boolean
  readonly #connection: Connection
  readonly #host: LinkHost
  readonly #output: Output
  readonly #reader: PacketReader
  readonly #chunks: ChunkSender
  readonly #assembler: Assembler
  readonly #unsettled = new Map<number, Entry>()
  readonly #accepted = new Ranges()
  readonly #settled = new Ranges()
  readonly #credits = new Map<number, number>()
  readonly #barriers = new Map<number, () => void>()
  #peer: Hello | undefined
  #sequence = 0
  #pings = 0
  #reportsScheduled = false
  #heardAt: number
  #timer: Cancel
  #state: 'opening' | 'open' | 'closed' = 'opening'
  /** True once another link to the same peer has taken its place, or a goodbye was said. */
  retired = false

  constructor(connection: Connection, dialled: boolean, host: LinkHost) {
    const { settings, clock } = host
    this.dialled = dialled
    this.#connection = connection
    this.#host = host
    this.#heardAt = clock.now()
    this.#output = new Output(connection, () => this.#idle())
    this.#chunks = new ChunkSender(this.#output)
    this.#assembler = new Assembler(settings.maxFrameBytes)
    this.#reader = new PacketReader((kind, payload) => this.#packet(kind, payload))
    const late = () => this.destroy(meshError('SM_MESH_HANDSHAKE', `${connection.remote} did not answer in time`))
    this.#timer = clock.schedule(late, settings.handshakeMs)
    connection.open({
      data: chunk => this.#data(chunk),
      drain: () => this.#output.drain(),
      closed: error => this.#lost(error),
    })
    this.#json(packet.hello, host.hello)
    this.#output.flush()
  }

  /** Who is at the other end. Undefined before the handshake. */
  get peer(): Hello | undefined {
    return this.#peer
  }

  /** Whether frames may be sent. */
  get open(): boolean {
    return this.#state === 'open' && !this.retired
  }

  /** Whether the wire is slower than those who write to it. */
  get congested(): boolean {
    return this.#output.congested
  }

  /** Frames that the peer has not settled. */
  get unsettled(): number {
    return this.#unsettled.size
  }

  /** Sends a frame to an interest of the peer, and returns what it costs of the interest's credit. */
  send(interest: number, entry: Entry): number {
    const { frame, attempt, reliable } = entry
    const bytes = frameBytes(frame)
    const sequence = reliable ? this.#nextSequence(entry) : 0
    if (bytes > chunkBytes) this.#chunks.send(frame, bytes, interest, reliable ? mark.reliable : 0, attempt, sequence)
    else {
      const target = this.#output.begin(packet.message, messageHead + bytes)
      let at = this.#output.at
      at = target.writeUInt16BE(interest, at)
      target[at] = reliable ? mark.reliable : 0
      target[at + 1] = Math.min(attempt, 0xff)
      at = target.writeUInt32BE(sequence, at + 2)
      this.#output.end(writeFrame(frame, target, at))
    }
    return costOf(bytes)
  }

  /** Tells the peer what this side wants. */
  interests(add: readonly Interest[], remove: readonly number[]): void {
    // A few at a time: a packet is bounded, and an interest is at most a few hundred bytes.
    for (let i = 0; i < Math.max(add.length, remove.length); i += 64) {
      this.#json(packet.interest, { add: add.slice(i, i + 64), remove: remove.slice(i, i + 64) })
    }
  }

  /** A frame that came in has been handled, or never will be. */
  settle(sequence: number): void {
    this.#settled.add(sequence)
    this.#report()
  }

  /** A frame that came in goes back. */
  nack(sequence: number, delayMs: number): void {
    if (this.#state === 'closed') return
    const target = this.#output.begin(packet.nack, 8)
    const at = target.writeUInt32BE(sequence, this.#output.at)
    this.#output.end(target.writeUInt32BE(Math.min(Math.round(delayMs), 0xffff_ffff), at))
  }

  /** The peer may have sent so much to an interest of this side, in all. */
  grant(interest: number, granted: number): void {
    this.#credits.set(interest, granted)
    this.#report()
  }

  /** Resolves when all that this side has written was read, and all that the peer wrote before has come in; or at the end. */
  barrier(): Promise<void> {
    if (this.#state === 'closed') return Promise.resolve()
    return new Promise(resolve => {
      this.#pings = (this.#pings + 1) >>> 0
      this.#barriers.set(this.#pings, resolve)
      this.#number(packet.ping, this.#pings)
    })
  }

  /** Says goodbye: nothing more will be sent. The peer closes. */
  bye(): void {
    if (this.#state === 'closed') return
    this.retired = true
    this.#writeReports()
    this.#output.begin(packet.bye, 0)
    this.#output.end(this.#output.at)
    this.#output.flush()
    this.#finish(undefined)
    this.#connection.end()
  }

  /** Refuses the peer, telling it why. */
  refuse(error: unknown): void {
    if (this.#state === 'closed') return
    const { code, message } = isSmError(error) ? error : meshError('SM_MESH_PROTOCOL', 'The peer cannot be taken')
    this.#json(packet.refuse, { code, message: message.slice(0, 1_000) })
    this.#output.flush()
    this.#finish(error)
    this.#connection.end()
  }

  destroy(error: unknown): void {
    this.#finish(error)
    this.#connection.destroy()
  }

  #data(chunk: Buffer): void {
    if (this.#state === 'closed') return
    this.#heardAt = this.#host.clock.now()
    try {
      this.#reader.read(chunk)
    } catch (error) {
      if (this.#state === 'opening') this.refuse(error)
      else this.destroy(error)
    }
  }

  #packet(kind: number, payload: Buffer): void {
    if (this.#state === 'closed') return
    if (this.#state === 'opening') this.#handshake(kind, payload)
    else if (kind === packet.message) this.#message(payload)
    else if (kind === packet.settle) this.#onSettled(payload)
    else if (kind === packet.accept) readRanges(payload, this.#unsettled.size, n => this.#unsettled.get(n)?.accepted())
    else if (kind === packet.credit) this.#onCredit(payload)
    else this.#rarePacket(kind, payload)
  }

  #rarePacket(kind: number, payload: Buffer): void {
    if (kind === packet.first) this.#first(payload)
    else if (kind === packet.chunk) this.#assembler.chunk(payload)
    else if (kind === packet.nack) this.#onNack(payload)
    else if (kind === packet.interest) {
      this.#host.interests(this, readInterests(payload, this.#host.settings.maxInterests))
    } else if (kind === packet.ping) this.#number(packet.pong, this.#readNumber(payload))
    else if (kind === packet.pong) this.#onPong(this.#readNumber(payload))
    else if (kind === packet.bye) {
      this.#finish(undefined)
      this.#connection.end()
    } else if (kind === packet.refuse) this.#refused(payload)
    else throw meshError('SM_MESH_PROTOCOL', `A packet has the unknown kind ${kind}`)
  }

  #handshake(kind: number, payload: Buffer): void {
    if (kind === packet.refuse) {
      this.#refused(payload)
      return
    }
    if (kind !== packet.hello) throw meshError('SM_MESH_PROTOCOL', `The first packet has the kind ${kind}`)
    this.#peer = readHello(payload)
    this.#host.opened(this)
    if (this.#state !== 'opening') return
    this.#state = 'open'
    this.#reader.trust()
    this.#timer()
    this.#beat()
  }

  #refused(payload: Buffer): void {
    const { code, message } = readJson(payload, 'A refusal')
    const what = `${this.#connection.remote} said ${String(code).slice(0, 60)}: ${String(message).slice(0, 500)}`
    // A refusal for the version is told as what it is, on both sides.
    const error = meshError(code === 'SM_MESH_VERSION' ? 'SM_MESH_VERSION' : 'SM_MESH_REFUSED', what)
    this.destroy(error)
  }

  #message(payload: Buffer): void {
    if (payload.length < messageHead) throw meshError('SM_MESH_PROTOCOL', 'A message ends within its head')
    const arrival = this.#arrival(payload, 0, payload.length - messageHead)
    let frame: Frame
    try {
      frame = decodeFrame(payload.subarray(messageHead))
    } catch (error) {
      this.#unreadable(arrival, error)
      return
    }
    this.#host.arrived(arrival, frame)
  }

  #first(payload: Buffer): void {
    if (payload.length !== 8 + messageHead)
      throw meshError('SM_MESH_PROTOCOL', 'The head of a large frame has the wrong size')
    const stream = payload.readUInt32BE(0)
    const bytes = payload.readUInt32BE(4)
    this.#assembler.expect(stream, bytes, () => {
      const arrival = this.#arrival(payload, 8, bytes)
      const take = this.#host.announced(arrival)
      return (frame, error) => {
        if (frame) take(frame)
        else this.#unreadable(arrival, error)
      }
    })
  }

  #arrival(payload: Buffer, at: number, frameLength: number): Arrival {
    const reliable = ((payload[at + 2] as number) & mark.reliable) !== 0
    const sequence = reliable ? payload.readUInt32BE(at + 4) : undefined
    if (sequence !== undefined) {
      this.#accepted.add(sequence)
      this.#report()
    }
    return {
      link: this,
      interest: payload.readUInt16BE(at),
      sequence,
      attempt: Math.max(1, payload[at + 3] as number),
      cost: costOf(frameLength),
    }
  }

  /** A frame that nobody can read is done with: sent again it would be the same. */
  #unreadable({ sequence }: Arrival, error: unknown): void {
    this.#host.fault(this, error)
    if (sequence !== undefined) this.settle(sequence)
  }

  #onSettled(payload: Buffer): void {
    readRanges(payload, this.#unsettled.size, sequence => {
      const entry = this.#unsettled.get(sequence)
      if (!entry) return
      this.#unsettled.delete(sequence)
      entry.accepted()
    })
  }

  #onNack(payload: Buffer): void {
    if (payload.length !== 8) throw meshError('SM_MESH_PROTOCOL', 'A nack has the wrong size')
    const sequence = payload.readUInt32BE(0)
    const entry = this.#unsettled.get(sequence)
    if (!entry) return
    this.#unsettled.delete(sequence)
    this.#host.returned(entry, payload.readUInt32BE(4))
  }

  #onCredit(payload: Buffer): void {
    if (payload.length % 6 !== 0) throw meshError('SM_MESH_PROTOCOL', 'A packet of credit ends within one')
    for (let at = 0; at < payload.length; at += 6) {
      this.#host.credit(this, payload.readUInt16BE(at), payload.readUInt32BE(at + 2))
    }
  }

  #onPong(number: number): void {
    this.#barriers.get(number)?.()
    this.#barriers.delete(number)
  }

  #nextSequence(entry: Entry): number {
    this.#sequence = (this.#sequence + 1) >>> 0
    this.#unsettled.set(this.#sequence, entry)
    entry.sent = true
    return this.#sequence
  }

  /** Has what was accepted, settled and granted in this tick told in one go. */
  #report(): void {
    if (this.#reportsScheduled) return
    this.#reportsScheduled = true
    process.nextTick(() => this.#writeReports())
  }

  #writeReports(): void {
    this.#reportsScheduled = false
    if (this.#state === 'closed') return
    // What was settled at once need not be called accepted too.
    if (!this.#accepted.isEmpty && !this.#settled.covers(this.#accepted)) this.#ranges(packet.accept, this.#accepted)
    else this.#accepted.clear()
    if (!this.#settled.isEmpty) this.#ranges(packet.settle, this.#settled)
    if (this.#credits.size > 0) this.#writeCredits()
  }

  #ranges(kind: number, ranges: Ranges): void {
    while (!ranges.isEmpty) {
      const target = this.#output.begin(kind, ranges.nextBytes)
      this.#output.end(ranges.write(target, this.#output.at))
    }
  }

  #writeCredits(): void {
    const target = this.#output.begin(packet.credit, 6 * this.#credits.size)
    let at = this.#output.at
    for (const [interest, granted] of this.#credits) {
      at = target.writeUInt16BE(interest, at)
      at = target.writeUInt32BE(granted, at)
    }
    this.#credits.clear()
    this.#output.end(at)
  }

  #readNumber(payload: Buffer): number {
    if (payload.length !== 4) throw meshError('SM_MESH_PROTOCOL', 'A ping or pong has the wrong size')
    return payload.readUInt32BE(0)
  }

  #number(kind: number, number: number): void {
    const target = this.#output.begin(kind, 4)
    this.#output.end(target.writeUInt32BE(number, this.#output.at))
  }

  #json(kind: number, value: unknown): void {
    const bytes = Buffer.from(JSON.stringify(value))
    const target = this.#output.begin(kind, bytes.length)
    this.#output.end(this.#output.at + bytes.copy(target, this.#output.at))
  }

  #idle(): void {
    if (this.#state !== 'open') return
    this.#chunks.next()
    this.#host.room(this)
  }

  /** Asks a silent peer for a sign of life, and gives it up when none comes. */
  #beat(): void {
    const { clock, settings } = this.#host
    this.#timer = clock.schedule(() => {
      const silentMs = clock.now() - this.#heardAt
      if (silentMs >= settings.deadAfterMs) {
        this.destroy(meshError('SM_MESH_SILENT', `${this.#connection.remote} was silent for ${silentMs} ms`))
        return
      }
      if (silentMs >= settings.heartbeatMs) this.#number(packet.ping, 0)
      this.#beat()
    }, settings.heartbeatMs)
  }

  #lost(cause: Error | undefined): void {
    this.#finish(meshError('SM_MESH_LINK_LOST', `The link to ${this.#connection.remote} ended`, { cause }))
  }

  #finish(error: unknown): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#timer()
    const unsettled = [...this.#unsettled.values()]
    this.#unsettled.clear()
    for (const pass of this.#barriers.values()) pass()
    this.#barriers.clear()
    this.#host.closed(this, error, unsettled)
  }
}

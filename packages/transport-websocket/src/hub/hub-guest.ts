import type { Channel } from '../channel.ts'
import { websocketError } from '../errors.ts'
import { fromPacket, kinds, type Packet, toPacket } from '../protocol/packet.ts'
import { createNonce, isProved, prove } from '../protocol/proof.ts'
import { fromSignal, type Guest, type Signal, toSignal } from '../protocol/signals.ts'
import { Pulse } from '../pulse.ts'
import type { HubSettings } from './options.ts'
import { Relay } from './relay.ts'

/** The parts of a hub that its guests call back. */
export interface Host {
  readonly settings: HubSettings
  /** A guest has said who it is, and proved it. Returns the others who are there. Throws `SM_WEBSOCKET_REFUSED`. */
  admit(guest: HubGuest): readonly Guest[]
  /** The one of a namespace with that instance. */
  find(namespace: string, instance: string): HubGuest | undefined
  /** A guest is gone. */
  gone(guest: HubGuest, error: unknown): void
}

/** This side's end of a stream between two guests. */
interface End {
  readonly other: HubGuest
  readonly otherNumber: number
  readonly relay: Relay
}

/** An agent at the hub: its handshake, and the streams that it has to others. */
export class HubGuest {
  readonly #channel: Channel
  readonly #host: Host
  readonly #nonce = createNonce()
  readonly #pulse: Pulse
  readonly #streams = new Map<number, End>()
  readonly #cancelHandshake: () => void
  #self: (Guest & { readonly namespace: string }) | undefined
  #isGone = false
  /** The hub numbers the streams that it opens to an agent even. */
  #next = 2

  constructor(channel: Channel, host: Host) {
    this.#channel = channel
    this.#host = host
    const { clock, heartbeatMs, deadAfterMs, handshakeMs } = host.settings
    this.#pulse = new Pulse({
      clock,
      heartbeatMs,
      deadAfterMs,
      ping: () => this.#self && this.send(toPacket(kinds.ping, 0)),
      dead: () => this.drop(websocketError('SM_WEBSOCKET_LOST', `An agent was silent for ${deadAfterMs} ms`)),
    })
    this.#cancelHandshake = clock.schedule(
      () => this.drop(websocketError('SM_WEBSOCKET_LOST', `Nobody said who it is within ${handshakeMs} ms`)),
      handshakeMs,
    )
    channel.open({
      text: message => this.#guard(() => this.#signal(fromSignal(message))),
      binary: message => this.#guard(() => this.#packet(message, fromPacket(message))),
      closed: error => this.#gone(error),
    })
    channel.send(toSignal({ kind: 'challenge', nonce: this.#nonce }))
  }

  /** The agent that it is; undefined until it has proved it. */
  get self(): (Guest & { readonly namespace: string }) | undefined {
    return this.#self
  }

  get streams(): number {
    return this.#streams.size
  }

  send(packet: Buffer, onSent?: () => void): void {
    if (!this.#isGone) this.#channel.send(packet, onSent)
  }

  tell(signal: Signal): void {
    if (!this.#isGone) this.#channel.send(toSignal(signal))
  }

  /** Ends the connection at once. */
  drop(error: unknown): void {
    this.#gone(error)
    this.#channel.destroy()
  }

  /** Ends the connection because the hub closes: no other guest is told. */
  dismiss(): void {
    this.#isGone = true
    this.#pulse.stop()
    this.#cancelHandshake()
    this.#streams.clear()
    this.#channel.destroy()
  }

  /** Opens the other end of a stream. False when this agent has too many. */
  opened(from: HubGuest, fromNumber: number): number | undefined {
    const { maxStreams, windowBytes } = this.#host.settings
    if (this.#streams.size >= maxStreams || !from.self) return undefined
    const number = this.#next
    this.#next += 2
    const relay = new Relay(this, number, from, fromNumber, windowBytes)
    this.#streams.set(number, { other: from, otherNumber: fromNumber, relay })
    this.send(toPacket(kinds.open, number, Buffer.from(`${from.self.agent}/${from.self.instance}`)))
    return number
  }

  /** The other side has ended a stream. */
  closed(number: number, kind: typeof kinds.end | typeof kinds.reset): void {
    if (this.#streams.delete(number)) this.send(toPacket(kind, number))
  }

  #guard(read: () => void): void {
    if (this.#isGone) return
    this.#pulse.heard()
    try {
      read()
    } catch (error) {
      const { code, message } = error as { code: string; message: string }
      // A guest that is in has broken the rules; a guest that is not yet in is told why.
      if (this.#self) this.drop(error)
      else this.#refuse(error, code, message)
    }
  }

  #refuse(error: unknown, code: string, message: string): void {
    this.tell({ kind: 'refuse', code, message })
    this.#gone(error)
    this.#channel.end()
  }

  #signal(signal: Signal): void {
    if (signal.kind !== 'join' || this.#self) throw websocketError('SM_WEBSOCKET_PROTOCOL', 'A message out of turn')
    const { namespace, agent, instance, nonce: agentNonce, proof } = signal
    const { token, windowBytes } = this.#host.settings
    const handshake = { namespace, agent, instance, hubNonce: this.#nonce, agentNonce }
    if (!isProved(proof, 'agent', token, handshake)) {
      throw websocketError('SM_WEBSOCKET_AUTH', 'The agent has not proved that it knows the token')
    }
    this.#self = { namespace, agent, instance }
    try {
      const guests = this.#host.admit(this)
      this.tell({ kind: 'welcome', proof: prove('hub', token, handshake), windowBytes, guests })
    } catch (error) {
      this.#self = undefined
      throw error
    }
    this.#cancelHandshake()
  }

  #packet(packet: Buffer, { kind, stream, payload }: Packet): void {
    if (!this.#self) throw websocketError('SM_WEBSOCKET_PROTOCOL', 'Something was sent before the handshake')
    // Data that was under way when the other side ended it goes nowhere.
    if (kind === kinds.data) this.#streams.get(stream)?.relay.forward(packet, payload.length)
    else if (kind === kinds.open) this.#open(stream, payload.toString('latin1'))
    else if (kind === kinds.end || kind === kinds.reset) this.#ended(stream, kind)
    else if (kind === kinds.ping) this.send(toPacket(kinds.pong, 0))
    else if (kind !== kinds.pong) {
      throw websocketError('SM_WEBSOCKET_PROTOCOL', 'An agent does not send that kind of message')
    }
  }

  #ended(number: number, kind: typeof kinds.end | typeof kinds.reset): void {
    const end = this.#streams.get(number)
    this.#streams.delete(number)
    end?.other.closed(end.otherNumber, kind)
  }

  #open(number: number, instance: string): void {
    const { maxStreams, windowBytes } = this.#host.settings
    if (number % 2 === 0 || this.#streams.has(number)) {
      throw websocketError('SM_WEBSOCKET_PROTOCOL', 'A stream has a number that is not free')
    }
    const other = this.#host.find((this.#self as { namespace: string }).namespace, instance)
    const isFull = this.#streams.size >= maxStreams
    const otherNumber = !other || other === this || isFull ? undefined : other.opened(this, number)
    if (!other || otherNumber === undefined) {
      this.send(toPacket(kinds.reset, number))
      return
    }
    const relay = new Relay(this, number, other, otherNumber, windowBytes)
    this.#streams.set(number, { other, otherNumber, relay })
    this.send(toPacket(kinds.opened, number))
  }

  #gone(error: unknown): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#pulse.stop()
    this.#cancelHandshake()
    for (const { other, otherNumber } of this.#streams.values()) other.closed(otherNumber, kinds.reset)
    this.#streams.clear()
    this.#host.gone(this, error)
  }
}

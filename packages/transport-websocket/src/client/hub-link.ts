import type { Clock } from '@sm/core/transport'
import type { Self } from '@sm/mesh'
import type { Channel } from '../channel.ts'
import { websocketError } from '../errors.ts'
import { fromPacket, kinds, type Packet, toPacket } from '../protocol/packet.ts'
import { createNonce, type Handshake, isProved, prove } from '../protocol/proof.ts'
import { fromSignal, type Guest, type Signal, toSignal } from '../protocol/signals.ts'
import { Pulse } from '../pulse.ts'
import { Stream, type StreamHost } from './stream.ts'

/** Dependencies of a link to a hub. */
export interface HubLinkOptions {
  readonly self: Self
  readonly token: string | undefined
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly deadAfterMs: number
}

/** Events that a link to a hub reports. */
export interface HubLinkListener {
  /** It is in, and these are there. */
  welcomed(guests: readonly Guest[]): void
  joined(guest: Guest): void
  left(instance: string): void
  /** Another agent has opened a stream. */
  accepted(stream: Stream): void
  /** It has ended: refused, lost, or closed by this side (without an error). Called once. */
  ended(error: Error | undefined): void
}

interface Opening {
  readonly remote: string
  readonly resolve: (stream: Stream) => void
  readonly reject: (error: unknown) => void
}

const maxStream = 2 ** 31

/** One connection to a hub, from the handshake to its end, and the streams that go through it. */
export class HubLink implements StreamHost {
  readonly #channel: Channel
  readonly #options: HubLinkOptions
  readonly #listener: HubLinkListener
  readonly #pulse: Pulse
  readonly #streams = new Map<number, Stream>()
  readonly #opening = new Map<number, Opening>()
  #handshake: Handshake | undefined
  #isWelcome = false
  #isEnded = false
  #windowBytes = 0
  /** Agents number their streams odd, the hub even. */
  #next = 1

  constructor(channel: Channel, options: HubLinkOptions, listener: HubLinkListener) {
    this.#channel = channel
    this.#options = options
    this.#listener = listener
    const { clock, heartbeatMs, deadAfterMs } = options
    this.#pulse = new Pulse({
      clock,
      heartbeatMs,
      deadAfterMs,
      ping: () => this.send(toPacket(kinds.ping, 0)),
      dead: () => this.#fail(websocketError('SM_WEBSOCKET_LOST', `The hub was silent for ${deadAfterMs} ms`)),
    })
    channel.open({
      text: message => this.#guard(() => this.#signal(fromSignal(message))),
      binary: message => this.#guard(() => this.#packet(fromPacket(message))),
      closed: error => this.#ended(this.#lostError(error)),
    })
  }

  get streams(): number {
    return this.#streams.size
  }

  send(packet: Buffer): void {
    if (!this.#isEnded) this.#channel.send(packet)
  }

  ended(stream: Stream): void {
    this.#streams.delete(stream.number)
  }

  /** Opens a stream to another agent. */
  dial({ agent, instance }: Guest, signal: AbortSignal): Promise<Stream> {
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      const number = this.#next
      this.#next = (this.#next + 2) % maxStream
      const onAbort = () => {
        this.#opening.delete(number)
        this.send(toPacket(kinds.reset, number))
        reject(signal.reason)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const done = () => {
        this.#opening.delete(number)
        signal.removeEventListener('abort', onAbort)
      }
      this.#opening.set(number, {
        remote: `${agent}/${instance}`,
        resolve: stream => {
          done()
          resolve(stream)
        },
        reject: error => {
          done()
          reject(error)
        },
      })
      this.send(toPacket(kinds.open, number, Buffer.from(instance)))
    })
  }

  /** Leaves the hub in good order. */
  close(): void {
    this.#ended(undefined)
    this.#channel.end()
  }

  #guard(read: () => void): void {
    this.#pulse.heard()
    if (this.#isEnded) return
    try {
      read()
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #signal(signal: Signal): void {
    if (signal.kind === 'challenge') this.#join(signal.nonce)
    else if (signal.kind === 'welcome') this.#welcomed(signal)
    else if (signal.kind === 'refuse') this.#refused(signal)
    else if (!this.#isWelcome) throw websocketError('SM_WEBSOCKET_PROTOCOL', 'The hub speaks before its welcome')
    else if (signal.kind === 'joined') this.#listener.joined(signal)
    else if (signal.kind === 'left') this.#listener.left(signal.instance)
    else throw websocketError('SM_WEBSOCKET_PROTOCOL', `A hub does not say ${signal.kind}`)
  }

  #refused({ code, message }: Extract<Signal, { kind: 'refuse' }>): void {
    const known = code === 'SM_WEBSOCKET_AUTH' ? code : 'SM_WEBSOCKET_REFUSED'
    this.#fail(websocketError(known, `The hub says: ${message}`, { details: { code } }))
  }

  #join(hubNonce: string): void {
    if (this.#handshake) throw websocketError('SM_WEBSOCKET_PROTOCOL', 'The hub has challenged twice')
    const { self, token } = this.#options
    const { namespace, agent, instance } = self
    this.#handshake = { namespace, agent, instance, hubNonce, agentNonce: createNonce() }
    const proof = prove('agent', token, this.#handshake)
    const nonce = this.#handshake.agentNonce
    this.#channel.send(toSignal({ kind: 'join', namespace, agent, instance, nonce, proof }))
  }

  #welcomed({ proof, windowBytes, guests }: Extract<Signal, { kind: 'welcome' }>): void {
    if (!this.#handshake || this.#isWelcome) throw websocketError('SM_WEBSOCKET_PROTOCOL', 'A welcome out of turn')
    if (!isProved(proof, 'hub', this.#options.token, this.#handshake)) {
      throw websocketError('SM_WEBSOCKET_AUTH', 'The hub has not proved that it knows the token')
    }
    this.#isWelcome = true
    this.#windowBytes = windowBytes
    this.#listener.welcomed(guests)
  }

  #packet({ kind, stream: number, payload }: Packet): void {
    if (!this.#isWelcome) throw websocketError('SM_WEBSOCKET_PROTOCOL', 'The hub sends before its welcome')
    // A stream that this side has ended may still bring something.
    if (kind === kinds.data) this.#streams.get(number)?.arrived(payload)
    else if (kind === kinds.credit) this.#streams.get(number)?.credited(payload.readUInt32BE())
    else if (kind === kinds.open) this.#listener.accepted(this.#add(payload.toString(), number))
    else if (kind === kinds.opened) this.#opened(number)
    else if (kind === kinds.end || kind === kinds.reset) this.#closed(number)
    else if (kind === kinds.ping) this.send(toPacket(kinds.pong, 0))
  }

  #opened(number: number): void {
    const opening = this.#opening.get(number)
    if (opening) opening.resolve(this.#add(opening.remote, number))
  }

  #closed(number: number): void {
    const opening = this.#opening.get(number)
    opening?.reject(websocketError('SM_WEBSOCKET_REFUSED', `The hub does not reach ${opening.remote}`))
    this.#streams.get(number)?.closed(undefined)
  }

  #add(remote: string, number: number): Stream {
    const stream = new Stream(remote, number, this.#windowBytes, this)
    this.#streams.set(number, stream)
    return stream
  }

  #fail(error: Error): void {
    this.#ended(error)
    this.#channel.destroy()
  }

  #ended(error: Error | undefined): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#pulse.stop()
    const lost = error ?? this.#lostError(undefined)
    // First: the wire is gone, and the peers at the other ends of its streams may not be.
    this.#listener.ended(error)
    for (const { reject } of [...this.#opening.values()]) reject(lost)
    for (const stream of [...this.#streams.values()]) stream.closed(lost)
  }

  #lostError(cause: Error | undefined) {
    return websocketError('SM_WEBSOCKET_LOST', 'The connection to the hub is lost', { ...(cause && { cause }) })
  }
}

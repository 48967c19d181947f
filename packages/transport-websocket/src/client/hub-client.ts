import { type BackoffOptions, backoffMs, type Cancel, type Clock, type Random } from '@sm/core/transport'
import type { Channel } from '../channel.ts'
import { websocketError } from '../errors.ts'
import type { Guest } from '../protocol/signals.ts'
import { HubLink, type HubLinkOptions } from './hub-link.ts'
import type { Stream } from './stream.ts'

export interface HubClientOptions extends HubLinkOptions {
  /** Opens a channel to the hub. */
  readonly connect: (signal: AbortSignal) => Promise<Channel>
  readonly handshakeMs: number
  readonly reconnect: BackoffOptions
  readonly random: Random
}

/** The events at the hub. */
export interface HubClientListener {
  /** It is connected, for the first time or again, and these are there. */
  up(guests: readonly Guest[]): void
  /** The connection is gone; it is tried again. */
  down(error: unknown): void
  joined(guest: Guest): void
  left(instance: string): void
  accepted(stream: Stream): void
  /** Another try has failed. */
  fault(error: unknown): void
}

/** Keeps an agent connected to its hub. */
export class HubClient {
  readonly #options: HubClientOptions
  readonly #clock: Clock
  readonly #listener: HubClientListener
  readonly #closing = new AbortController()
  #link: HubLink | undefined
  #attempts = 0
  #timer: Cancel | undefined

  constructor(options: HubClientOptions, listener: HubClientListener) {
    this.#options = options
    this.#clock = options.clock
    this.#listener = listener
  }

  /** Connects. Rejects when the first try fails; from then on it tries by itself. */
  async start(): Promise<void> {
    await this.#connect()
  }

  dial(guest: Guest, signal: AbortSignal): Promise<Stream> {
    if (this.#link) return this.#link.dial(guest, signal)
    return Promise.reject(websocketError('SM_WEBSOCKET_LOST', 'There is no connection to the hub at the moment'))
  }

  close(): void {
    this.#closing.abort()
    this.#timer?.()
    const link = this.#link
    this.#link = undefined
    link?.close()
  }

  async #connect(): Promise<void> {
    const { connect, handshakeMs } = this.#options
    const late = new AbortController()
    const error = websocketError('SM_WEBSOCKET_UNREACHABLE', `No hub has answered within ${handshakeMs} ms`)
    const cancel = this.#clock.schedule(() => late.abort(error), handshakeMs, { keepAlive: true })
    try {
      const signal = AbortSignal.any([this.#closing.signal, late.signal])
      await this.#shakeHands(await connect(signal), signal)
      this.#attempts = 0
    } finally {
      cancel()
    }
  }

  #shakeHands(channel: Channel, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        link.close()
        reject(signal.reason)
      }
      const link = new HubLink(channel, this.#options, {
        welcomed: guests => {
          signal.removeEventListener('abort', onAbort)
          this.#link = link
          this.#listener.up(guests)
          resolve()
        },
        ended: error => {
          signal.removeEventListener('abort', onAbort)
          if (this.#link === link) this.#lost(error)
          // Of one that was welcome before, nobody waits for this any more.
          reject(error)
        },
        joined: guest => this.#listener.joined(guest),
        left: instance => this.#listener.left(instance),
        accepted: stream => this.#listener.accepted(stream),
      })
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort, { once: true })
    })
  }

  #lost(error: unknown): void {
    this.#link = undefined
    this.#listener.down(error)
    this.#again()
  }

  #again(): void {
    if (this.#closing.signal.aborted) return
    this.#attempts += 1
    const { reconnect, random } = this.#options
    this.#timer = this.#clock.schedule(
      () => {
        this.#connect().catch(error => {
          if (this.#closing.signal.aborted) return
          this.#listener.fault(error)
          this.#again()
        })
      },
      backoffMs(reconnect, this.#attempts, random),
    )
  }
}

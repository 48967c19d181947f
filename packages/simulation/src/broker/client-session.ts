import type { Clock } from '@sm/core/transport'
import type { ConduitEnd } from '../network/conduit.ts'
import type { Endpoint } from '../network/endpoint.ts'
import type { Network } from '../network/network.ts'
import type { BrokerSession } from './broker-session.ts'
import { type FromBroker, sizeOf, type ToBroker } from './packets.ts'

/** What a client's connection calls back. */
export interface ClientSessionHost {
  heard(packet: FromBroker, session: ClientSession): void
  lost(session: ClientSession): void
}

/** The connection to the broker, as its client has it, while it lasts. */
export class ClientSession {
  readonly #deps: ClientSessionDeps
  #heardAt: number
  #isEnded = false
  #host: ClientSessionHost | undefined

  constructor(deps: ClientSessionDeps) {
    this.#deps = deps
    this.#heardAt = deps.clock.elapsed()
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  open(host: ClientSessionHost): void {
    this.#host = host
    this.#deps.end.open({ item: packet => this.hear(packet as FromBroker), closed: () => this.#lose() })
    this.#beat()
  }

  /** A packet of the broker, over the connection or beside it. */
  hear(packet: FromBroker): void {
    if (this.#isEnded) return
    this.#heardAt = this.#deps.clock.elapsed()
    if (packet.kind !== 'pong') this.#host?.heard(packet, this)
  }

  send(packet: ToBroker): void {
    if (!this.#isEnded) this.#deps.end.send(packet, sizeOf(packet))
  }

  /** Sends what the network may lose. */
  sendLossy(packet: ToBroker): void {
    const { network, here, there } = this.#deps
    if (!network.loses(here.host, there.host)) this.send(packet)
  }

  /** Sends beside the connection: it may be lost, come twice, or overtake others. */
  sendBeside(packet: ToBroker): void {
    const { network, here, there, remote } = this.#deps
    if (!this.#isEnded) network.send(here, there, () => remote.hear(packet))
  }

  /** Ends it, once all that was sent has arrived. */
  end(): void {
    this.#isEnded = true
    this.#deps.end.end()
  }

  /** Asks for a sign of life: a connection that looks open may be dead. */
  #beat(): void {
    const { clock, heartbeatMs, deadAfterMs, end } = this.#deps
    clock.schedule(() => {
      if (this.#isEnded) return
      if (clock.elapsed() - this.#heardAt > deadAfterMs) {
        end.destroy()
        this.#lose()
        return
      }
      this.send({ kind: 'ping' })
      this.#beat()
    }, heartbeatMs)
  }

  #lose(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#host?.lost(this)
  }
}

/** Dependencies of a client's connection. */
export interface ClientSessionDeps {
  readonly network: Network
  readonly here: Endpoint
  readonly there: Endpoint
  readonly end: ConduitEnd<ToBroker | FromBroker>
  readonly remote: BrokerSession
  readonly clock: Clock
  readonly heartbeatMs: number
  readonly deadAfterMs: number
}

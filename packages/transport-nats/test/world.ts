import { connect, type NatsConnection } from '@nats-io/transport-node'
import { TransportWorld } from '../../../tooling/test/transport-world.ts'
import { type NatsTransportOptions, nats } from '../src/index.ts'

/** Quick to notice and to return. */
export const quick = {
  heartbeatMs: 150,
  deadAfterMs: 1_000,
  graceMs: 2_000,
  reconnect: { initialMs: 10, maxMs: 100 },
} satisfies NatsTransportOptions

/** Transports of one namespace over NATS. */
export class World extends TransportWorld<NatsTransportOptions> {
  constructor(options: NatsTransportOptions) {
    super(nats.definition, { ...quick, ...options })
  }

  /** A client that knows nothing of us. */
  async client(url = String(this.options.url)): Promise<NatsConnection> {
    const client = await connect({ servers: url, reconnect: false })
    this.closeLater(() => client.close())
    return client
  }
}

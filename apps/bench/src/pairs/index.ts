import type { DeliveryLevel } from '@sm/core'
import type { BrokerName } from '../../../../tooling/brokers/index.ts'
import type { Pair } from '../pair.ts'
import type { HandshakeName } from './handshake.ts'
import type { Wire } from './smartmessage.ts'

type Load = () => Promise<Pair>

const smartMessage =
  (wire: Wire, delivery: DeliveryLevel, format?: 'compact'): Load =>
  async () =>
    (await import('./smartmessage.ts')).smartMessagePair(wire, delivery, format)

const moleculer =
  (wire: BrokerName | 'tcp'): Load =>
  async () =>
    (await import('./moleculer.ts')).moleculer(wire)

const rawUnixSocket = (coalesced: boolean) => async () =>
  (await import('./raw.ts')).raw((await import('./unix-socket.ts')).unixSocket, coalesced)

const rawTcp = (coalesced: boolean) => async () =>
  (await import('./raw.ts')).raw((await import('./tcp.ts')).tcp, coalesced)

const rawTls = (coalesced: boolean) => async () =>
  (await import('./raw.ts')).raw((await import('./tls.ts')).tls, coalesced)

const handshake = (name: HandshakeName) => async () => (await import('./handshake.ts')).handshake(name)

const nest =
  (broker: BrokerName): Load =>
  async () =>
    (await import('./nest.ts')).nest(broker)

/** Every system that can be measured between processes. What one needs is loaded in its own processes alone. */
const pairs = {
  'unix-socket': rawUnixSocket(false),
  'unix-socket-coalesced': rawUnixSocket(true),
  tcp: rawTcp(false),
  'tcp-coalesced': rawTcp(true),
  tls: rawTls(false),
  'tls-coalesced': rawTls(true),
  'secret-stream': async () => (await import('./secret-stream.ts')).secretStream,
  'tcp-handshake': handshake('tcp'),
  'tls-handshake': handshake('tls'),
  'secret-stream-handshake': handshake('secret-stream'),
  'lanet-handshake': handshake('lanet'),
  fifo: async () => (await import('./fifo.ts')).fifo(false),
  'fifo-coalesced': async () => (await import('./fifo.ts')).fifo(true),
  'raw-redis-at-most-once': async () => (await import('./redis.ts')).redis,
  'raw-redis-at-least-once': async () => (await import('./redis-streams.ts')).redisStreams,
  'raw-nats-at-most-once': async () => (await import('./nats.ts')).nats,
  'raw-nats-at-least-once': async () => (await import('./jetstream.ts')).jetStream,
  'raw-amqp-at-most-once': async () => (await import('./amqp.ts')).amqpTransient,
  'raw-amqp-at-least-once': async () => (await import('./amqp.ts')).amqpConfirmed,
  ws: async () => (await import('./ws.ts')).ws,
  'socket-io': async () => (await import('./socket-io.ts')).socketIo,
  'moleculer-tcp': moleculer('tcp'),
  'moleculer-redis': moleculer('redis'),
  'moleculer-nats': moleculer('nats'),
  'moleculer-amqp': moleculer('amqp'),
  'nest-redis': nest('redis'),
  'nest-nats': nest('nats'),
  'nest-amqp': nest('amqp'),
  'named-pipes-at-most-once': smartMessage('named-pipes', 'at-most-once'),
  'named-pipes-at-least-once': smartMessage('named-pipes', 'at-least-once'),
  'lanet-at-most-once': smartMessage('lanet', 'at-most-once'),
  'lanet-at-least-once': smartMessage('lanet', 'at-least-once'),
  'websocket-at-most-once': smartMessage('websocket', 'at-most-once'),
  'websocket-at-least-once': smartMessage('websocket', 'at-least-once'),
  'redis-at-most-once': smartMessage('redis', 'at-most-once'),
  'redis-compact-at-most-once': smartMessage('redis', 'at-most-once', 'compact'),
  'redis-at-least-once': smartMessage('redis', 'at-least-once'),
  'redis-compact-at-least-once': smartMessage('redis', 'at-least-once', 'compact'),
  'nats-at-most-once': smartMessage('nats', 'at-most-once'),
  'nats-compact-at-most-once': smartMessage('nats', 'at-most-once', 'compact'),
  'nats-at-least-once': smartMessage('nats', 'at-least-once'),
  'nats-compact-at-least-once': smartMessage('nats', 'at-least-once', 'compact'),
  'amqp-at-most-once': smartMessage('amqp', 'at-most-once'),
  'amqp-compact-at-most-once': smartMessage('amqp', 'at-most-once', 'compact'),
  'amqp-at-least-once': smartMessage('amqp', 'at-least-once'),
  'amqp-compact-at-least-once': smartMessage('amqp', 'at-least-once', 'compact'),
} satisfies Record<string, Load>

export type PairName = keyof typeof pairs

export function openPair(name: PairName): Promise<Pair> {
  return pairs[name]()
}

/** The brokers that can be started. */
export const brokerNames = ['redis', 'nats', 'amqp'] as const

export type BrokerName = (typeof brokerNames)[number]

/** A broker cannot be had, did not start or did not do what it was told. The text says why, and what to do. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError'
}

/** A server that this process owns. When this process ends, even by SIGKILL, server and data are gone. */
export interface Broker extends AsyncDisposable {
  readonly name: BrokerName
  readonly port: number
  /** With the user and password, if it has some: `redis://127.0.0.1:20123`. */
  readonly url: string
  /** Process id of the server itself; in Docker, of the command that runs the container. Changes with a restart. */
  readonly pid: number
  /** False once the server was killed or has ended by itself. */
  readonly running: boolean
  /** Configuration, log and data of the server. Certificates and the like may be put here. */
  readonly directory: string
  /** The log of the server so far. */
  log(): Promise<string>
  /** SIGKILL. Resolves when the server is gone; its port and data stay for a restart. */
  kill(): Promise<void>
  /** Starts it again on the same port, killing it first if it runs. `fresh`: without its data. Resolves when it answers. */
  restart(options?: { readonly fresh?: boolean }): Promise<void>
  /** SIGSTOP: connections stay open, and nobody answers. */
  freeze(): Promise<void>
  /** SIGCONT. */
  thaw(): Promise<void>
  /** Ends the server at once and removes its directory. May be called twice. */
  stop(): Promise<void>
}

/** RabbitMQ, which can be asked for more. */
export interface AmqpBroker extends Broker {
  /** Has the node evaluate an Erlang expression, such as `rabbit_networking:connections()`; resolves with its value. */
  eval(expression: string): Promise<string>
  /** Has RabbitMQ close every connection, as an operator would: Connection.Close with 320 CONNECTION_FORCED. */
  closeConnections(reason?: string): Promise<void>
  /** Memory alarm on or off: while it is on, connections that publish are told `connection.blocked`, and wait. */
  setMemoryAlarm(on: boolean): Promise<void>
}

interface CommonOptions {
  /** Default: a free one. */
  readonly port?: number
  readonly user?: string
  readonly password?: string
  /** Lines for the end of the server's configuration file; `DIRECTORY` in them stands for {@link Broker.directory}. */
  readonly config?: readonly string[]
  /** Files that the configuration names, by their name in {@link Broker.directory}: certificates, keys, ACLs. */
  readonly files?: Readonly<Record<string, string>>
}

/** A password alone is that of the default user; with a user, the default user is off. */
export interface RedisOptions extends CommonOptions {
  /** Keeps on disk what was acknowledged. Default true. */
  readonly persistent?: boolean
  /** A sentinel, which keeps no data; `config` tells what it watches. Default false. */
  readonly sentinel?: boolean
}

export interface NatsOptions extends CommonOptions {
  /** Default true. */
  readonly jetstream?: boolean
  readonly token?: string
  /** Most bytes of a message. Default: the server's, 1 MiB. */
  readonly maxPayload?: number
}

/** User and password are `guest` by default, as those of RabbitMQ. */
export interface AmqpOptions extends CommonOptions {
  /** Threads that run Erlang. Default 1, which starts fastest and is the quietest. */
  readonly schedulers?: number
}

export interface BrokerOptions {
  readonly redis: RedisOptions
  readonly nats: NatsOptions
  readonly amqp: AmqpOptions
}

export interface BrokerTypes {
  readonly redis: Broker
  readonly nats: Broker
  readonly amqp: AmqpBroker
}

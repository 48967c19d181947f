import type { Duplex } from 'node:stream'
import { abortable } from '@sm/core/transport'
import { type ChannelModel, connect } from 'amqplib'
import { connectError } from '../errors.ts'
import type { ServerSettings } from '../options.ts'

/** One connection to the broker. */
export interface Connection {
  readonly model: ChannelModel
  /** Ends it without a farewell. */
  destroy(): void
}

/** Lets what is written within one turn leave in one system call: amqplib writes frame by frame. */
function coalesce(model: ChannelModel): void {
  const { stream } = model.connection as unknown as { stream?: Duplex }
  // Not part of the public interface of amqplib: without it all works, only slower.
  if (typeof stream?.cork !== 'function') return
  const write = stream.write
  let corked = false
  const uncork = () => {
    corked = false
    stream.uncork()
  }
  stream.write = function (this: Duplex, ...args: Parameters<Duplex['write']>) {
    if (!corked) {
      corked = true
      stream.cork()
      process.nextTick(uncork)
    }
    return write.apply(this, args)
  } as Duplex['write']
}

/** Connects. Throws coded errors, and leaves nothing open then; aborts with the signal. */
export async function openConnection(settings: ServerSettings, name: string, signal: AbortSignal): Promise<Connection> {
  const { server, heartbeatSeconds: heartbeat, connectTimeoutMs } = settings
  const { protocol, hostname, port, user: username, password, vhost, tls, host } = server
  // Aborting it destroys the socket, whatever amqplib waits for.
  const life = new AbortController()
  const socket = { ...tls, noDelay: true, timeout: connectTimeoutMs, signal: life.signal }
  const options = { ...socket, clientProperties: { connection_name: name, product: 'SmartMessage' } }
  // The virtual host is unescaped by amqplib.
  const where = { protocol, hostname, port, username, password, vhost: encodeURIComponent(vhost), heartbeat }
  const opening = connect(where, options)
  // An error that nobody listens to would end the process, also that of a connection which is given up before anybody uses it.
  opening.then(
    model => model.on('error', () => undefined),
    () => undefined,
  )
  try {
    const model = await abortable(opening, signal)
    coalesce(model)
    return { model, destroy: () => life.abort() }
  } catch (error) {
    life.abort()
    signal.throwIfAborted()
    throw connectError(error, host, username)
  }
}

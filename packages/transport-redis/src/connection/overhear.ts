import { connect } from 'node:net'
import type { RedisOptions } from 'ioredis'

/** How long a server may take to say why it does not want us, in milliseconds. */
const patienceMs = 300

/** Errors of a connection that ended while something was being written to it: what the server had said before is lost with it. */
const cutShort: ReadonlySet<unknown> = new Set(['EPIPE', 'ECONNRESET'])

/** Whether a connection ended so that its server may have said why. */
export function isCutShort(error: unknown): boolean {
  return cutShort.has(Object(error).code)
}

/**
 * The words of a server for a client that connects and asks for nothing: a server that has no connection left says so, and
 * closes. Undefined when it says nothing, as a server that would let us in.
 */
export function overhear({ host = '127.0.0.1', port = 6379, path, tls }: RedisOptions): Promise<Error | undefined> {
  if (tls) return Promise.resolve(undefined)
  return new Promise(resolve => {
    const socket = path ? connect({ path }) : connect({ host, port })
    const end = (error?: Error) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(error)
    }
    const timer = setTimeout(end, patienceMs)
    socket.on('error', () => end())
    socket.on('close', () => end())
    socket.once('data', (chunk: Buffer) => end(toReply(chunk)))
  })
}

/** The error that a reply is, if it is one. */
export function toReply(chunk: Buffer): Error | undefined {
  const [, message] = /^-(.*)\r\n/.exec(chunk.toString('latin1')) ?? []
  return message === undefined ? undefined : Object.assign(new Error(message), { name: 'ReplyError' })
}

import { connect } from 'node:net'
import { brokerError } from '@sm/brokered'
import { formatHost, type NatsHost } from '../options.ts'

export interface ProbeServerOptions {
  /** In milliseconds. */
  readonly timeoutMs: number
  /** Whether the server waits for the client to speak first. */
  readonly silent: boolean
  readonly signal: AbortSignal
}

/**
 * Resolves when a server answers at `host`. The client leaves a socket open when it gives up one that hangs; this does not,
 * and says better what is wrong.
 */
export function probeServer(host: NatsHost, { timeoutMs, silent, signal }: ProbeServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const socket = connect({ host: host.hostname, port: host.port })
    const end = (settle: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      socket.removeAllListeners()
      // The words after this do not matter any more.
      socket.on('error', () => undefined)
      socket.destroy()
      settle()
    }
    const fail = (why: string, cause?: unknown) =>
      end(() => {
        const what = `No NATS server answers at ${formatHost(host)}: ${why}`
        reject(brokerError('SM_BROKER_UNREACHABLE', what, { details: { host: formatHost(host) }, cause }))
      })
    const onAbort = () => end(() => reject(signal.reason))
    const timer = setTimeout(() => fail(`nothing was heard for ${timeoutMs} ms`), timeoutMs)
    signal.addEventListener('abort', onAbort, { once: true })
    if (silent) socket.once('connect', () => end(resolve))
    socket.once('data', () => end(resolve))
    socket.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'the connection failed', error))
    socket.once('close', () => fail('it closed the connection'))
  })
}

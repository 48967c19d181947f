import { connect as connectSocket, type Socket } from 'node:net'
import { type Clock, sleep } from '@sm/core/transport'
import { parseHostPort } from '../discovery/host-port.ts'
import { lanetError } from '../errors.ts'

/** How long an address has before the next one is tried beside it, in milliseconds. */
const staggerMs = 250

/** A connection, and the address that led to it. */
export interface Reached {
  readonly address: string
  readonly socket: Socket
}

/**
 * Connects to the first of several `host:port` that answers. Rejects with `SM_LANET_DIAL`, whose cause is what the first of
 * them said, or with the reason of `signal`.
 */
export async function connect(addresses: readonly string[], clock: Clock, signal: AbortSignal): Promise<Reached> {
  const won = new AbortController()
  const heeded = AbortSignal.any([signal, won.signal])
  const tries = addresses.map(async (address, i) => {
    if (i > 0) await sleep(clock, i * staggerMs, heeded)
    return { address, socket: await open(address, heeded) }
  })
  try {
    return await Promise.any(tries)
  } catch (error) {
    signal.throwIfAborted()
    const [cause] = (error as AggregateError).errors
    throw lanetError('SM_LANET_DIAL', `Nobody could be reached at ${addresses.join(', ')}`, { cause })
  } finally {
    won.abort()
    // A second one that connected at the same moment is not needed.
    void spare(tries)
  }
}

async function spare(tries: ReadonlyArray<Promise<Reached>>): Promise<void> {
  const winner = await Promise.any(tries).catch(() => undefined)
  for (const result of await Promise.allSettled(tries)) {
    if (result.status === 'fulfilled' && result.value.socket !== winner?.socket) result.value.socket.destroy()
  }
}

function open(address: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const target = parseHostPort(address)
    if (!target) {
      reject(lanetError('SM_LANET_DIAL', `${address} is not host:port`))
      return
    }
    signal.throwIfAborted()
    const socket = connectSocket({ ...target, noDelay: true })
    const onAbort = () => {
      socket.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('error', error => {
      signal.removeEventListener('abort', onAbort)
      reject(error)
    })
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort)
      socket.pause()
      // Until somebody listens who has more to tell.
      socket.on('error', () => {})
      resolve(socket)
    })
  })
}

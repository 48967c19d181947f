import type { Clock } from '@sm/core/transport'
import { WebSocket } from 'ws'
import { type Channel, fromWebSocket } from '../channel.ts'
import { websocketError } from '../errors.ts'
import { subprotocol } from '../protocol/packet.ts'

/** Whom to trust, and how to show who this side is, where the hub is reached over `wss`. As for `node:tls`. */
export interface WebSocketTlsOptions {
  /** Certificates of authorities, in PEM, in place of those that Node knows. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  /** Certificate of this side, in PEM, where the server asks for one. */
  readonly cert?: string | Buffer
  /** Private key of that certificate, in PEM. */
  readonly key?: string | Buffer
  /** The name that the server's certificate is checked for. Default: that of the URL. */
  readonly servername?: string
}

/** Largest message that a hub may send: the list of all who are there is the longest. */
const maxMessageBytes = 4_194_304

/** Reads the address of a hub. Throws `SM_WEBSOCKET_OPTIONS`, which does not show it: it may hold a secret. */
export function toHubUrl(text: string): URL {
  const url = URL.parse(text)
  const fault = !url
    ? 'is no URL'
    : url.protocol !== 'ws:' && url.protocol !== 'wss:'
      ? 'is neither of ws: nor of wss:'
      : url.username || url.password || url.search || url.hash
        ? 'holds more than host, port and path: secrets do not belong into URLs, which end up in logs'
        : undefined
  if (!url || fault) {
    throw websocketError('SM_WEBSOCKET_OPTIONS', `The url of the hub ${fault}`, { details: { option: 'url' } })
  }
  return url
}

/** Connects to a hub. Rejects with `SM_WEBSOCKET_UNREACHABLE`, or the reason of the signal. */
export function connectToHub(url: URL, tls: WebSocketTlsOptions, clock: Clock, signal: AbortSignal): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const options = { perMessageDeflate: false, maxPayload: maxMessageBytes }
    const { ca, ...rest } = tls
    const socket = new WebSocket(url, subprotocol, {
      ...options,
      ...rest,
      ...(ca !== undefined && { ca: ca as string | Buffer | (string | Buffer)[] }),
    })
    const onAbort = () => {
      // It will say that it was ended before it was there, which is known.
      socket.terminate()
      reject(signal.reason)
    }
    const onError = (cause: Error) => {
      signal.removeEventListener('abort', onAbort)
      const place = `${url.protocol}//${url.host}${url.pathname}`
      reject(websocketError('SM_WEBSOCKET_UNREACHABLE', `No hub answers at ${place}`, { cause }))
    }
    socket.on('error', onError)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    socket.once('open', () => {
      signal.removeEventListener('abort', onAbort)
      if (signal.aborted) return
      socket.off('error', onError)
      resolve(fromWebSocket(socket, clock))
    })
  })
}

import type { Socket } from 'node:net'

/** Events that a connection reports to its user. */
export interface ConnectionListener {
  /** Bytes have come in. They are the listener's to keep. */
  data(chunk: Buffer): void
  /** There is room again after a write that returned false. */
  drain(): void
  /** Nothing more will come, and nothing more can be sent. Called once. */
  closed(error: Error | undefined): void
}

/**
 * A two-way stream of bytes to one peer.
 *
 * - MESH-01 `open()` may deliver at once, within the call: the mesh has its greeting ready before, so that it is the first that
 *   the peer reads, whatever is answered meanwhile.
 * - MESH-02 `write()` is called only after `open()` has been called, also within it.
 * - MESH-03 After `end()` what the peer still sends may be delivered; it is left unread. After `closed` nothing may come.
 */
export interface Connection {
  /** Names the other end for logs; never a secret. */
  readonly remote: string
  /** The peer at the other end, where the transport has authenticated it: a hello that says otherwise is refused. */
  readonly identity?: { readonly agent: string; readonly instance: string }
  /** Begins to deliver, at once if there is something. Called once. */
  open(listener: ConnectionListener): void
  /**
   * Sends bytes. True when they have left this process, so that the caller may use the buffer again; otherwise it must
   * not be touched, and no more be written until `drain`.
   */
  write(bytes: Uint8Array): boolean
  /** Closes once everything written has been sent. */
  end(): void
  /** Closes at once. */
  destroy(): void
}

/** A connection over sockets: one for both directions, or one for each. */
export function fromSockets(remote: string, incoming: Socket, outgoing: Socket = incoming): Connection {
  const sockets = incoming === outgoing ? [incoming] : [incoming, outgoing]
  let onDrain = () => {}
  return {
    remote,
    open(listener) {
      let failure: Error | undefined
      for (const socket of sockets) {
        socket.on('error', error => {
          failure ??= error
        })
      }
      // Either direction takes the other with it; but what the peer wrote before it died is read first.
      incoming.on('close', () => {
        for (const socket of sockets) socket.destroy()
        listener.closed(failure)
      })
      if (outgoing !== incoming) outgoing.on('close', () => endWithLastWords(incoming, incoming.bytesRead))
      incoming.on('end', () => {
        for (const socket of sockets) socket.destroy()
      })
      onDrain = () => listener.drain()
      incoming.on('data', chunk => listener.data(chunk))
    },
    write(bytes) {
      let waits = false
      // Not the socket's own drain: it comes only after more than its high-water mark has waited.
      outgoing.write(bytes, () => {
        if (waits) onDrain()
      })
      waits = outgoing.writableLength > 0
      return !waits
    },
    end() {
      outgoing.end(() => {
        for (const socket of sockets) socket.destroy()
      })
    },
    destroy() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Most bytes that are read after the other direction has failed: more than a pipe holds comes from one who is not dead. */
const maxLastWords = 1_048_576

/** Ends a socket once a whole turn of the event loop has brought nothing more. */
function endWithLastWords(socket: Socket, start: number, before = -1): void {
  const { bytesRead } = socket
  if (socket.destroyed || bytesRead === before || bytesRead - start > maxLastWords) socket.destroy()
  else setImmediate(() => endWithLastWords(socket, start, bytesRead))
}

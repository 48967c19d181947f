import type { Clock } from '@sm/core/transport'
import type { WebSocket } from 'ws'

/** Events that a channel reports to its user. */
export interface ChannelListener {
  text(message: string): void
  /** The bytes are the listener's to keep and to change. */
  binary(message: Buffer): void
  /** Nothing more will come. Called once. */
  closed(error: Error | undefined): void
}

/** Messages to and from one other side, in order: a WebSocket, or what stands for one within a process. */
export interface Channel {
  /** Begins to deliver. Called once. */
  open(listener: ChannelListener): void
  /** Sends a message, which the channel keeps. `onSent` is called when it has left this process. */
  send(message: string | Buffer, onSent?: () => void): void
  /** Closes once everything has been sent. */
  end(): void
  /** Closes at once. */
  destroy(): void
}

/** How long the other side has to answer a farewell, in milliseconds. */
const closeMs = 1_000

/** The channel over a WebSocket that is open. */
export function fromWebSocket(socket: WebSocket, clock: Clock): Channel {
  // Nothing is to come before somebody listens.
  socket.pause()
  return {
    open(listener) {
      let failure: Error | undefined
      socket.on('error', error => {
        failure = error
      })
      socket.on('message', (message, isBinary) => {
        if (isBinary) listener.binary(message as Buffer)
        else listener.text(String(message))
      })
      socket.on('close', () => listener.closed(failure))
      socket.resume()
    },
    send(message, onSent) {
      // A message that cannot be sent any more is lost with the channel, which tells of that itself.
      socket.send(message, error => {
        if (!error) onSent?.()
      })
    },
    end() {
      const cancel = clock.schedule(() => socket.terminate(), closeMs)
      socket.on('close', cancel)
      socket.close(1000)
    },
    destroy: () => socket.terminate(),
  }
}

/** One end of a channel within the process. Messages arrive in a later turn, as over a wire. */
class NearEnd implements Channel {
  other!: NearEnd
  #listener: ChannelListener | undefined
  #queue: Array<() => void> = []
  #isClosed = false

  open(listener: ChannelListener): void {
    this.#listener = listener
    this.#deliver()
  }

  send(message: string | Buffer, onSent?: () => void): void {
    if (this.#isClosed) return
    this.other.#arrive(() => {
      if (typeof message === 'string') this.other.#listener?.text(message)
      else this.other.#listener?.binary(message)
      onSent?.()
    })
  }

  end(): void {
    if (this.#isClosed) return
    this.#close()
    this.other.#arrive(() => this.other.#close())
  }

  destroy(): void {
    this.end()
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#arrive(() => this.#listener?.closed(undefined))
  }

  #arrive(happening: () => void): void {
    this.#queue.push(happening)
    if (this.#queue.length === 1 && this.#listener) setImmediate(() => this.#deliver())
  }

  #deliver(): void {
    const queue = this.#queue
    this.#queue = []
    for (const happening of queue) happening()
  }
}

/** Both ends of a channel within the process. */
export function createChannelPair(): readonly [Channel, Channel] {
  const [one, two] = [new NearEnd(), new NearEnd()]
  one.other = two
  two.other = one
  return [one, two]
}

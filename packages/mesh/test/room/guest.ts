import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Cancel, Clock } from '@sm/core/transport'
import { kinds, type Note, NoteReader, writeNote } from './notes.ts'

/** Events that a guest reports to its user. */
export interface GuestListener {
  heard(topic: string, body: Buffer): void
  /** There is room again after a publish that returned false. */
  drain(): void
  /** The room is gone. */
  down(): void
}

const nothing = Buffer.alloc(0)

/** A connection to a room: stands for the client of your broker. */
export class Guest {
  readonly #socket: Socket
  readonly #subscribing = new Map<string, () => void>()
  /** Resolves when the connection has ended. */
  readonly #gone: Promise<void>
  /** Beats since something was heard: counted, so that a process that stands still does not take the room for dead. */
  #silentBeats = 0
  #beat: Cancel | undefined

  /** Resolves when the connection is there. `will` is published when it breaks. */
  static async enter(port: number, clock: Clock, signal: AbortSignal, will: string, listener: GuestListener) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    try {
      await once(socket, 'connect', { signal })
    } catch (error) {
      socket.destroy()
      throw error
    }
    const guest = new Guest(socket, clock, listener)
    guest.#tell({ kind: kinds.will, topic: will, body: nothing })
    return guest
  }

  private constructor(socket: Socket, clock: Clock, listener: GuestListener) {
    this.#socket = socket
    const reader = new NoteReader(note => {
      if (note.kind === kinds.subscribe) this.#subscribing.get(note.topic)?.()
      else if (note.kind !== kinds.ping) listener.heard(note.topic, note.body)
    })
    socket.on('data', chunk => {
      this.#silentBeats = 0
      reader.read(chunk)
    })
    socket.on('drain', () => listener.drain())
    socket.on('error', () => undefined)
    this.#gone = new Promise(resolve => {
      socket.on('close', () => {
        this.#beat?.()
        listener.down()
        resolve()
      })
    })
    this.#watch(clock, 200, 7)
  }

  /** Resolves when what is published from now on will come, and what is retained has come. */
  async subscribe(filter: string): Promise<void> {
    const answered = new Promise<void>(resolve => this.#subscribing.set(filter, resolve))
    this.#tell({ kind: kinds.subscribe, topic: filter, body: nothing })
    await Promise.race([answered, this.#gone])
  }

  /** False when the socket has more than it can take. */
  publish(topic: string, body: Buffer): boolean {
    return this.#tell({ kind: kinds.publish, topic, body })
  }

  /** The last one is kept for who subscribes later; an empty one is kept no more. */
  retain(topic: string, body: Buffer): void {
    this.#tell({ kind: kinds.retain, topic, body })
  }

  leave(): void {
    this.#socket.end()
  }

  #tell(note: Note): boolean {
    return writeNote(this.#socket, note)
  }

  /** A connection that looks open may be dead: then nobody answers. */
  #watch(clock: Clock, beatMs: number, missable: number): void {
    this.#beat = clock.schedule(() => {
      if (this.#silentBeats > missable) this.#socket.destroy()
      else {
        this.#silentBeats += 1
        this.#tell({ kind: kinds.ping, topic: '', body: nothing })
        this.#watch(clock, beatMs, missable)
      }
    }, beatMs)
  }
}

import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { kinds, type Note, NoteReader, writeNote } from './notes.ts'

interface Guest {
  readonly socket: Socket
  readonly filters: Set<string>
  will: Note | undefined
}

/** Whether a topic fits a filter: the same, or all that begins with what stands before its `#`. */
const fits = (filter: string, topic: string) =>
  filter.endsWith('#') ? topic.startsWith(filter.slice(0, -1)) : topic === filter

/**
 * Something in the middle that relays and keeps no queue, as a broker of MQTT does at its lowest level of service: whoever
 * subscribes gets what is published from then on, and the last that was retained. A will is published for who dies.
 */
export class Room {
  readonly #server = createServer({ noDelay: true }, socket => this.#enter(socket))
  readonly #guests = new Set<Guest>()
  readonly #retained = new Map<string, Note>()
  #isCut = false
  #isFrozen = false
  #loses = false

  /** Resolves with the port. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** Ends every connection, and takes no new one. */
  cut(): void {
    this.#isCut = true
    for (const { socket } of this.#guests) socket.destroy()
  }

  restore(): void {
    this.#isCut = false
  }

  /** Connections stay, and nothing passes. */
  freeze(): void {
    this.#isFrozen = true
    for (const { socket } of this.#guests) socket.pause()
  }

  thaw(): void {
    this.#isFrozen = false
    for (const { socket } of this.#guests) socket.resume()
  }

  /** Loses the next note from one guest to another. */
  lose(): void {
    this.#loses = true
  }

  #enter(socket: Socket): void {
    if (this.#isCut) {
      socket.destroy()
      return
    }
    const guest: Guest = { socket, filters: new Set(), will: undefined }
    this.#guests.add(guest)
    const reader = new NoteReader(note => this.#heard(guest, note))
    socket.on('data', chunk => reader.read(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#guests.delete(guest)
      if (guest.will) this.#publish(guest.will)
    })
    if (this.#isFrozen) socket.pause()
  }

  #heard(guest: Guest, note: Note): void {
    const { kind, topic } = note
    if (kind === kinds.will) this.#bequeath(guest, { ...note, kind: kinds.retain })
    else if (kind === kinds.ping) writeNote(guest.socket, note)
    else if (kind === kinds.subscribe) {
      guest.filters.add(topic)
      for (const kept of this.#retained.values()) if (fits(topic, kept.topic)) writeNote(guest.socket, kept)
      writeNote(guest.socket, note)
    } else this.#publish(note)
  }

  /** A guest that comes back over another connection is not dead, whatever becomes of the one before. */
  #bequeath(guest: Guest, will: Note): void {
    for (const other of this.#guests) if (other.will?.topic === will.topic) other.will = undefined
    guest.will = will
  }

  #publish(note: Note): void {
    if (note.kind === kinds.retain) {
      if (note.body.length > 0) this.#retained.set(note.topic, note)
      else this.#retained.delete(note.topic)
    } else if (this.#loses) {
      this.#loses = false
      return
    }
    for (const { socket, filters } of this.#guests) {
      if ([...filters].some(filter => fits(filter, note.topic))) writeNote(socket, note)
    }
  }
}

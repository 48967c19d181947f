import type { Socket } from 'node:net'

/** The kinds of notes. */
export const kinds = { subscribe: 1, publish: 2, retain: 3, will: 4, ping: 5 } as const

/** The notes of guests and their room. */
export interface Note {
  readonly kind: number
  readonly topic: string
  readonly body: Buffer
}

const head = 7

/** Length of the rest, kind, length of the topic; then topic and body. False when the socket has more than it can take. */
export function writeNote(socket: Socket, { kind, topic, body }: Note): boolean {
  if (socket.destroyed) return true
  const name = Buffer.from(topic)
  const start = Buffer.allocUnsafe(head)
  start.writeUInt32BE(name.length + body.length)
  start.writeUInt8(kind, 4)
  start.writeUInt16BE(name.length, 5)
  return socket.write(Buffer.concat([start, name, body]))
}

/** Makes notes of what comes over a socket, however it is cut into pieces. */
export class NoteReader {
  readonly #onNote: (note: Note) => void
  #rest: Buffer = Buffer.alloc(0)

  constructor(onNote: (note: Note) => void) {
    this.#onNote = onNote
  }

  read(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    while (bytes.length >= head) {
      const end = head + bytes.readUInt32BE(0)
      if (bytes.length < end) break
      const bodyAt = head + bytes.readUInt16BE(5)
      const topic = bytes.toString('utf8', head, bodyAt)
      this.#onNote({ kind: bytes.readUInt8(4), topic, body: bytes.subarray(bodyAt, end) })
      bytes = bytes.subarray(end)
    }
    this.#rest = bytes
  }
}

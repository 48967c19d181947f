import { connect, createServer, type Server, type Socket } from 'node:net'
import { RecordReader } from '../src/link/record-reader.ts'

export type Direction = 'to' | 'from'

/** The outcome for a record: the pieces that go on, or the end of the connection after them. */
export interface Fate {
  readonly pieces: readonly Buffer[]
  readonly end?: boolean
}

/**
 * A machine in the middle: it sees every record between callers and one port, and decides what goes on. Records are numbered
 * per connection and direction; a record has its length before it.
 */
export class Attacker {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** The records that went through, per connection, as they were sent. */
  readonly recorded: Array<Record<Direction, Buffer[]>> = []
  /** The port that is called. */
  target = 0
  onRecord: (record: Buffer, direction: Direction, number: number, connection: number) => Fate = record => ({
    pieces: [record],
  })

  constructor() {
    this.#server = createServer({ noDelay: true }, socket => this.#called(socket))
  }

  async open(): Promise<this> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port
  }

  /** Everything that went through, as one. */
  get bytes(): Buffer {
    return Buffer.concat(this.recorded.flatMap(({ to, from }) => [...to, ...from]))
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #called(near: Socket): void {
    const far = connect({ port: this.target, host: '127.0.0.1', noDelay: true })
    const connection = this.recorded.push({ to: [], from: [] }) - 1
    this.#pass(near, far, 'to', connection)
    this.#pass(far, near, 'from', connection)
  }

  #pass(source: Socket, sink: Socket, direction: Direction, connection: number): void {
    const reader = new RecordReader()
    let number = 0
    this.#sockets.add(source)
    source.on('error', () => sink.destroy())
    source.on('close', () => {
      this.#sockets.delete(source)
      sink.destroy()
    })
    source.on('end', () => sink.end())
    source.on('data', chunk => {
      reader.push(chunk as Buffer)
      for (let plain = reader.next(); plain; plain = reader.next()) {
        const record = Buffer.concat([Buffer.from([plain.length >> 8, plain.length & 255]), plain])
        this.recorded[connection]?.[direction].push(record)
        const { pieces, end } = this.onRecord(Buffer.from(record), direction, number, connection)
        number += 1
        for (const piece of pieces) sink.write(piece)
        if (end) {
          sink.end()
          source.destroy()
          return
        }
      }
    })
  }
}

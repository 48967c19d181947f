import { connect, type Socket } from 'node:net'
import { createUlids, encodeFrame, systemClock, systemRandom } from '@sm/core/transport'
import { wireMajor, wireMinor } from '@sm/mesh'
import type { Credentials } from '../src/keys/credentials.ts'
import { encodeClaim } from '../src/link/claim.ts'
import { initiate, type Proof } from '../src/link/handshake.ts'
import { RecordReader } from '../src/link/record-reader.ts'
import { HandshakeState } from '../src/noise/handshake-state.ts'
import type { Mutator } from './mutator.ts'
import { makeFrame } from './world.ts'

const ids = createUlids(systemClock, systemRandom)
const prologue = Buffer.from('SmartMessage Lanet 1')

function record(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(2)
  head.writeUInt16BE(bytes.length)
  return Buffer.concat([head, bytes])
}

function packet(kind: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(payload.length)
  head[4] = kind
  return Buffer.concat([head, payload])
}

/** Somebody who has the network key and does everything wrong that can be done. */
export class HostileCaller {
  readonly #port: number
  readonly #credentials: Credentials
  readonly #mutator: Mutator

  constructor(port: number, credentials: Credentials, mutator: Mutator) {
    this.#port = port
    this.#credentials = credentials
    this.#mutator = mutator
  }

  /** A handshake of which one message is changed. Resolves when the other end has hung up. */
  async changedHandshake(): Promise<void> {
    const socket = this.#dial()
    const ended = endOf(socket)
    const { identity, psk } = this.#credentials
    const state = new HandshakeState({ initiator: true, prologue, identity, psk })
    const [first, changed] = [record(state.write(new Uint8Array(0))), this.#mutator.below(2)]
    if (changed === 0) socket.write(this.#mutator.mutated(first))
    else {
      socket.write(first)
      state.read(await nextRecord(socket))
      socket.write(this.#mutator.mutated(record(state.write(encodeClaim(this.#claim())))))
    }
    // A record that was cut short is waited for: the end says that nothing more comes.
    socket.end()
    await ended
  }

  /** A link of which the first record is changed on its way. */
  async changedRecord(): Promise<void> {
    const { socket, proof, hello } = await this.#link()
    const ended = endOf(socket)
    socket.write(this.#mutator.mutated(record(proof.send.seal(hello))))
    socket.end()
    await ended
  }

  /** A link that sends so many frames and packets that are changed before they are sealed. Returns how many left. */
  async changedFrames(most: number): Promise<number> {
    const { socket, proof, hello } = await this.#link()
    const ended = endOf(socket)
    const { below, mutated, garbage } = this.#mutator
    let open = true
    void ended.then(() => {
      open = false
    })
    socket.write(record(proof.send.seal(hello)))
    const frame = Buffer.concat([Buffer.alloc(8, 1), encodeFrame(makeFrame({ some: 'payload', n: 7 }))])
    let sent = 0
    for (; sent < most && open; sent++) {
      const bytes = below(3) === 0 ? packet(below(17), garbage(200)) : mutated(packet(5 + below(3), frame))
      if (!socket.writable) break
      socket.write(record(proof.send.seal(bytes)))
      if (sent % 10 === 9) await new Promise(setImmediate)
    }
    socket.end()
    await ended
    return sent
  }

  async #link(): Promise<{ readonly socket: Socket; readonly proof: Proof; readonly hello: Buffer }> {
    const socket = this.#dial()
    const claim = this.#claim()
    const proof = await initiate(socket, this.#credentials, claim, new AbortController().signal)
    const { namespace, agent, instance } = claim
    const wire = { major: wireMajor, minor: wireMinor }
    const hello = {
      wire,
      namespace,
      agent,
      instance,
      hostId: 'hostile',
      processId: 1,
      packed: false,
      maxFrameBytes: 1_000,
    }
    return { socket, proof, hello: packet(1, Buffer.from(JSON.stringify(hello))) }
  }

  #claim() {
    return { namespace: 'test', agent: 'hostile', instance: ids.next(), probe: false }
  }

  #dial(): Socket {
    return connect({ port: this.#port, host: '127.0.0.1', noDelay: true }).on('error', () => {})
  }
}

/** Resolves when a socket has closed; what comes in is thrown away unless somebody else reads. */
function endOf(socket: Socket): Promise<void> {
  return new Promise(resolve => {
    socket.once('close', () => resolve())
    socket.resume()
  })
}

function nextRecord(socket: Socket): Promise<Buffer> {
  const reader = new RecordReader()
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer) => {
      reader.push(chunk)
      const found = reader.next()
      if (!found) return
      socket.off('data', onData)
      resolve(found)
    }
    socket.on('data', onData)
    socket.once('close', () => reject(new Error('The victim hung up before it had to')))
  })
}

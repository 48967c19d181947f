/**
 * Writes what it should not: garbage into the inbox of a victim, and into links that it has opened by the rules, packets
 * of the wire protocol with some bytes changed. It knows the protocol from its description, and not from the library.
 */
import { closeSync, constants, openSync, readdirSync, writeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { encodeFrame } from '@sm/core/transport'
import { makeFifos, openReadEnd, openWriteEnd, type ReadEnd, remove } from '../../src/fifo.ts'
import { createMutator } from './mutator.ts'
import { answers, frameOf, ids, settingOf, tell } from './setting.ts'

const setting = settingOf<{ victim: string; seed: number }>()
const { namespace, victim, agent } = setting
const directory = join(setting.base, namespace)
/** Where the pipes of links are. */
const linksDirectory = `${directory}.links`
const { pick, below, mutated, garbage, ruinous } = createMutator(setting.seed)
const kind = { hello: 1, interest: 3, message: 5, ping: 12, pong: 13 }

/** Frames that the victim has read, by its own word, and links that it ended. */
const done = { frames: 0, links: 0, ended: 0, lines: 0 }

function packet(type: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(payload.length)
  head[4] = type
  return Buffer.concat([head, payload])
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function inboxOf(): string {
  const name = readdirSync(directory).find(file => file.startsWith(`${victim}.`) && file.endsWith('.in.pipe'))
  return join(directory, name as string)
}

/** Frames as they are recorded off a wire: of both levels, empty and not, with and without much in the header. */
function recorded(interest: number): readonly Buffer[] {
  const self = { agent, instance: ids.next() }
  const address = { kind: 'inbox', agent: victim } as const
  const payloads = [null, { order: 7, list: [1, 2.5, 'three', { four: true }] }, 'x'.repeat(300), Buffer.alloc(200, 9)]
  return payloads.flatMap((payload, i) =>
    (['at-least-once', 'at-most-once'] as const).map((level, j) => {
      const head = Buffer.alloc(8)
      head.writeUInt16BE(interest)
      head[2] = j === 0 ? 1 : 0
      head[3] = 1
      head.writeUInt32BE(j === 0 ? i + 1 : 0, 4)
      return Buffer.concat([head, encodeFrame(frameOf(self, address, payload, level, `${agent}/${self.instance}`))])
    }),
  )
}

/** A link that was opened by the rules, as far as its first packet. */
class Link {
  readonly outgoing: Socket
  readonly #incoming: ReadEnd
  #bytes = Buffer.alloc(0)
  #packets: Array<{ readonly type: number; readonly payload: Buffer }> = []
  #wake = () => {}
  closed = false

  constructor(incoming: ReadEnd, outgoing: Socket) {
    this.outgoing = outgoing
    this.#incoming = incoming
    const close = () => {
      this.closed = true
      this.#wake()
    }
    for (const socket of [incoming.socket, outgoing]) socket.on('error', close).on('close', close).on('end', close)
    incoming.socket.on('data', chunk => this.#read(chunk))
  }

  #read(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk])
    while (this.#bytes.length >= 5) {
      const end = 5 + this.#bytes.readUInt32BE()
      if (this.#bytes.length < end) break
      this.#packets.push({ type: this.#bytes[4] as number, payload: Buffer.from(this.#bytes.subarray(5, end)) })
      this.#bytes = this.#bytes.subarray(end)
    }
    this.#wake()
  }

  /** The next packet for which `look` finds something; undefined when the link has ended before. */
  async next<T>(look: (type: number, payload: Buffer) => T | undefined): Promise<T | undefined> {
    for (;;) {
      for (let one = this.#packets.shift(); one; one = this.#packets.shift()) {
        const found = look(one.type, one.payload)
        if (found !== undefined) return found
      }
      if (this.closed) return undefined
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }

  destroy(): void {
    this.outgoing.destroy()
    this.#incoming.socket.destroy()
  }
}

const spare: string[] = []

/** Calls the victim as a well-behaved agent would. */
async function dial(): Promise<Link> {
  if (spare.length === 0) {
    const links = Array.from({ length: 100 }, () => ids.next())
    await makeFifos(
      ...links.flatMap(link => [`${link}.caller.pipe`, `${link}.called.pipe`]).map(name => join(linksDirectory, name)),
    )
    spare.push(...links)
  }
  const name = spare.pop() as string
  const [caller, called] = [join(linksDirectory, `${name}.caller.pipe`), join(linksDirectory, `${name}.called.pipe`)]
  const incoming = openReadEnd(called)
  const inbox = openSync(inboxOf(), constants.O_WRONLY | constants.O_NONBLOCK)
  writeSync(inbox, `SM1 ${name} ${agent} ${ids.next()}\n`)
  closeSync(inbox)
  // By the time it says hello, it has opened both.
  await new Promise(resolve => incoming.socket.once('readable', resolve))
  const link = new Link(incoming, openWriteEnd(caller))
  incoming.release()
  remove(caller)
  remove(called)
  return link
}

function hello(): Buffer {
  const self = { namespace, agent, instance: ids.next(), hostId: 'hostile', processId: process.pid }
  const words = { wire: { major: 1, minor: 0 }, ...self, packed: false, maxFrameBytes: 16_777_216 }
  return packet(kind.hello, Buffer.from(JSON.stringify(words)))
}

/** One link: as many frames as asked for, each with some bytes changed, and at its end what no peer can bear. */
async function attack(frames: number): Promise<void> {
  const link = await dial()
  done.links += 1
  try {
    // Some never get as far as to say who they are.
    if (below(10) === 0) {
      link.outgoing.write(pick([garbage(400), mutated(hello()), packet(kind.hello, garbage(100))]))
      await ruined(link)
      return
    }
    link.outgoing.write(hello())
    const interest = await link.next((type, payload) => {
      if (type !== kind.interest) return undefined
      const { add } = JSON.parse(payload.toString()) as { add: { id: number; target: { kind: string } }[] }
      return add.find(({ target }) => target.kind === 'inbox')?.id
    })
    if (interest === undefined) return
    const originals = recorded(interest)
    const batch = Array.from({ length: frames }, () => {
      const original = pick(originals)
      return packet(kind.message, Buffer.concat([original.subarray(0, 8), mutated(original.subarray(8))]))
    })
    link.outgoing.write(Buffer.concat([...batch, packet(kind.ping, number(2))]))
    if (await answered(link, 2)) done.frames += frames
    link.outgoing.write(ruinous(originals))
    await ruined(link)
  } finally {
    link.destroy()
  }
}

/** Resolves when the victim has ended the link: whatever it waited for, this is more of it, and makes no sense after it. */
async function ruined(link: Link): Promise<void> {
  link.outgoing.write(Buffer.alloc(70_000, 0xff))
  await link.next(() => undefined)
  done.ended += 1
}

/** Whether the victim has read all before a ping; false when it has ended the link instead. */
async function answered(link: Link, ping: number): Promise<boolean> {
  return (
    (await link.next((type, payload) => (type === kind.pong && payload.readUInt32BE() === ping ? true : undefined))) ??
    false
  )
}

/** Lines into the inbox: random ones, overlong ones, changed greetings, and greetings of nobody. */
function litter(): void {
  const greeting = Buffer.from(`SM1 ${ids.next()} ${agent} ${ids.next()}\n`)
  const inbox = openSync(inboxOf(), constants.O_WRONLY | constants.O_NONBLOCK)
  try {
    writeSync(
      inbox,
      Buffer.concat([pick([garbage(100), garbage(500), mutated(greeting), greeting]), Buffer.from('\n')]),
    )
    done.lines += 1
  } catch {
    // It is full: the victim reads as fast as it can.
  }
  closeSync(inbox)
}

answers({
  attack: async ({ frames, each }) => {
    while (done.frames < Number(frames)) {
      litter()
      await attack(Number(each))
    }
    for (const name of spare.splice(0)) {
      remove(join(linksDirectory, `${name}.caller.pipe`))
      remove(join(linksDirectory, `${name}.called.pipe`))
    }
    return done
  },
})
tell({ kind: 'ready' })

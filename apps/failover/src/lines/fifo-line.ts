import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { carry, Direction } from './direction.ts'
import { makeFifos, openInbox, openReadEnd, openWriteEnd, writeLine } from './fifo.ts'
import type { Line } from './line.ts'

/** How often it looks who has come or gone, in milliseconds. */
const lookMs = 20
/** After this a call that nobody has answered is given up, in milliseconds; callers do so sooner. */
const callMs = 10_000

/** Where the pipes of one side are: a base directory of its own, which the other side does not see. */
interface Side {
  readonly base: string
  readonly inboxes: string
  readonly links: string
  /** Carries what this side says. */
  readonly says: Direction
  /** Inboxes that stand here for those of the other side, by their names. */
  readonly guests: Map<string, Socket>
}

/**
 * A line of named pipes. The sender and the receivers have a directory each, and every inbox of one side stands in the directory of
 * the other as well. A call that comes in there is made again on the side where it belongs, and its pipes are carried.
 */
export class FifoLine implements Line {
  readonly there = new Direction()
  readonly back = new Direction()
  readonly #near: Side
  readonly #far: Side
  readonly #sockets = new Set<Socket>()
  readonly #closing = new AbortController()
  readonly #looking: Promise<void>
  #isCut = false

  constructor(namespace: string) {
    this.#near = makeSide(namespace, this.there)
    this.#far = makeSide(namespace, this.back)
    this.#looking = this.#look()
  }

  /** The base directories of the sender and of the receivers. */
  get bases(): { readonly near: string; readonly far: string } {
    return { near: this.#near.base, far: this.#far.base }
  }

  /** Every pipe ends, and neither side sees the other. */
  cut(): void {
    this.#isCut = true
    for (const { guests, inboxes } of [this.#near, this.#far]) {
      for (const name of guests.keys()) rmSync(join(inboxes, name), { force: true })
      guests.clear()
    }
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#looking
    this.cut()
    for (const { base, says } of [this.#near, this.#far]) {
      says.release()
      rmSync(base, { recursive: true, force: true })
    }
  }

  async #look(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await this.#mirror(this.#near, this.#far)
      await this.#mirror(this.#far, this.#near)
      await sleep(lookMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Has the inboxes of one side, and no others, stand in the other. */
  async #mirror(from: Side, to: Side): Promise<void> {
    if (this.#isCut) return
    const names = namesIn(from.inboxes).filter(name => name.endsWith('.in.pipe') && !from.guests.has(name))
    for (const [name, inbox] of to.guests) {
      if (names.includes(name)) continue
      to.guests.delete(name)
      rmSync(join(to.inboxes, name), { force: true })
      inbox.destroy()
    }
    for (const name of names) if (!to.guests.has(name)) await this.#show(name, from, to)
  }

  async #show(name: string, from: Side, to: Side): Promise<void> {
    for (const directory of [to.inboxes, to.links, from.links]) mkdirSync(directory, { recursive: true, mode: 0o700 })
    const path = join(to.inboxes, name)
    await makeFifos(`${path}.new`)
    if (this.#isCut) return rmSync(`${path}.new`)
    const inbox = this.#keep(openInbox(`${path}.new`))
    to.guests.set(name, inbox)
    createInterface({ input: inbox }).on('line', greeting => {
      // A caller that has given up meanwhile calls again.
      void this.#call(greeting, join(from.inboxes, name), to, from).catch(() => undefined)
    })
    renameSync(`${path}.new`, path)
  }

  /** Makes a call again. Its greeting names the link, and the pipes of a link are named for the side that writes. */
  async #call(greeting: string, inbox: string, caller: Side, called: Side): Promise<void> {
    const link = greeting.split(' ')[1] as string
    const pipes = ({ links }: Side) => ['caller', 'called'].map(end => join(links, `${link}.${end}.pipe`))
    const [asked, answer] = pipes(caller) as [string, string]
    const [ask, answered] = pipes(called) as [string, string]
    const question = openReadEnd(asked)
    const answering = this.#keep(openWriteEnd(answer))
    this.#keep(question.socket)
    await makeFifos(ask, answered)
    const reply = openReadEnd(answered)
    this.#keep(reply.socket)
    const giveUp = () => {
      rmSync(ask, { force: true })
      rmSync(answered, { force: true })
      for (const socket of [question.socket, answering, reply.socket]) socket.destroy()
    }
    const timer = setTimeout(giveUp, callMs)
    reply.socket.once('close', () => clearTimeout(timer))
    await caller.says.passed()
    if (this.#isCut || reply.socket.destroyed) return giveUp()
    writeLine(inbox, greeting)
    // Whoever answers reads what it is told.
    reply.socket.once('readable', () => {
      clearTimeout(timer)
      if (reply.socket.destroyed) return giveUp()
      void carry(question.socket, this.#keep(openWriteEnd(ask)), caller.says)
      void carry(reply.socket, answering, called.says).then(question.release)
      rmSync(ask, { force: true })
      rmSync(answered, { force: true })
    })
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket)
    // Its end is carried to the other side.
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    return socket
  }
}

function makeSide(namespace: string, says: Direction): Side {
  const base = mkdtempSync(join(tmpdir(), 'sm-pipes-'))
  const inboxes = join(base, namespace)
  return { base, inboxes, links: `${inboxes}.links`, says, guests: new Map() }
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    // Its agents have not come yet, or the last of them has left.
    return []
  }
}

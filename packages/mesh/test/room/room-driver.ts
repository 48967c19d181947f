import { backoffMs, type Cancel, type Clock, createUlids, type Random, SmError, systemRandom } from '@sm/core/transport'
import type { Connection, DiscoveryListener, MeshDriver, Self, Sighting } from '../../src/index.ts'
import { Guest } from './guest.ts'
import { letters, Strand } from './strand.ts'

export interface RoomContext extends Self {
  readonly clock: Clock
  readonly random?: Random
}

const idLength = 26
const headLength = 2 * idLength + 5

/**
 * A driver for a wire with a middle that relays and keeps no queue. Each agent has a topic on which others write to it, and a
 * retained note that says that it is there, which its will removes. A connection is a pair of such topics.
 */
export class RoomDriver implements MeshDriver {
  readonly #port: number
  readonly #context: RoomContext
  readonly #ids
  readonly #closing = new AbortController()
  readonly #strands = new Map<string, Strand>()
  /** Calls that wait for an answer. */
  readonly #calls = new Map<string, () => void>()
  readonly #present = new Map<string, string>()
  #accept: (connection: Connection) => void = () => {}
  #listener: DiscoveryListener | undefined
  #guest: Guest | undefined
  #timer: Cancel | undefined
  #attempts = 0

  constructor(port: number, context: RoomContext) {
    this.#port = port
    this.#context = context
    this.#ids = createUlids(context.clock, context.random ?? systemRandom)
  }

  async listen(accept: (connection: Connection) => void): Promise<void> {
    this.#accept = accept
    await this.#enter()
  }

  async discover(listener: DiscoveryListener): Promise<void> {
    this.#listener = listener
    for (const [instance, agent] of this.#present) listener.found({ instance, agent, location: instance })
  }

  async dial({ agent, instance }: Sighting, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted()
    if (!this.#guest) throw new SmError('SM_ROOM_AWAY', 'There is no room at the moment', { retryable: true })
    const link = this.#ids.next()
    const strand = this.#strand(link, instance, `${agent}/${instance}`)
    const answered = new Promise<void>((resolve, reject) => {
      this.#calls.set(link, resolve)
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    this.#send(instance, link, letters.call, 0, new Uint8Array())
    try {
      await answered
      return strand
    } catch (error) {
      strand.destroy()
      throw error
    } finally {
      this.#calls.delete(link)
    }
  }

  forget(): void {
    // The room says who is there.
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#timer?.()
    for (const strand of [...this.#strands.values()]) strand.destroy()
    this.#guest?.retain(this.#topic('who', this.#context.instance), Buffer.alloc(0))
    this.#guest?.leave()
  }

  #topic(what: 'who' | 'to', instance: string): string {
    return `${this.#context.namespace}/${what}/${instance}`
  }

  async #enter(): Promise<void> {
    const { agent, instance, clock } = this.#context
    const own = this.#topic('who', instance)
    const guest = await Guest.enter(this.#port, clock, this.#closing.signal, own, {
      heard: (topic, body) => this.#heard(topic, body),
      drain: () => {
        for (const strand of this.#strands.values()) strand.drain()
      },
      down: () => this.#down(),
    })
    this.#guest = guest
    await guest.subscribe(this.#topic('to', instance))
    // Others call as soon as they see it: only now that it would hear them.
    guest.retain(own, Buffer.from(agent))
    await guest.subscribe(this.#topic('who', '#'))
    // Gone again meanwhile: then another way in is being looked for.
    if (this.#guest !== guest) return
    this.#attempts = 0
    this.#listener?.severed?.(false)
  }

  #down(): void {
    this.#guest = undefined
    if (this.#closing.signal.aborted) return
    this.#listener?.severed?.(true)
    for (const strand of [...this.#strands.values()]) {
      strand.over(new SmError('SM_ROOM_AWAY', 'The room is gone', { retryable: true }))
    }
    for (const instance of this.#present.keys()) this.#listener?.lost(instance)
    this.#present.clear()
    this.#attempts += 1
    const { clock, random = systemRandom } = this.#context
    const waitMs = backoffMs({ initialMs: 10, maxMs: 100, factor: 2, jitter: 0.5 }, this.#attempts, random)
    this.#timer = clock.schedule(() => void this.#enter().catch(() => this.#down()), waitMs)
  }

  #heard(topic: string, body: Buffer): void {
    const [, what, about = ''] = topic.split('/')
    if (what === 'to') this.#letter(body)
    else if (about !== this.#context.instance) this.#presence(about, body.toString())
  }

  #presence(instance: string, agent: string): void {
    if (agent === '') {
      if (this.#present.delete(instance)) this.#listener?.lost(instance)
    } else if (!this.#present.has(instance)) {
      this.#present.set(instance, agent)
      this.#listener?.found({ instance, agent, location: instance })
    }
  }

  /** From whom, of which strand, what for, which of them; then bytes. */
  #letter(body: Buffer): void {
    const from = body.toString('latin1', 0, idLength)
    const link = body.toString('latin1', idLength, 2 * idLength)
    const kind = body.readUInt8(2 * idLength)
    if (kind === letters.call) {
      const strand = this.#strand(link, from, from)
      this.#send(from, link, letters.answer, 0, new Uint8Array())
      this.#accept(strand)
    } else if (kind === letters.answer) this.#calls.get(link)?.()
    else this.#strands.get(link)?.heard(kind, body.readUInt32BE(2 * idLength + 1), body.subarray(headLength))
  }

  #strand(link: string, peer: string, remote: string): Strand {
    const send = (kind: number, sequence: number, bytes: Uint8Array) => this.#send(peer, link, kind, sequence, bytes)
    const strand = new Strand(remote, send, () => this.#strands.delete(link))
    this.#strands.set(link, strand)
    return strand
  }

  #send(to: string, link: string, kind: number, sequence: number, bytes: Uint8Array): boolean {
    const head = Buffer.allocUnsafe(headLength)
    head.write(this.#context.instance + link, 'latin1')
    head.writeUInt8(kind, 2 * idLength)
    head.writeUInt32BE(sequence, 2 * idLength + 1)
    return this.#guest?.publish(this.#topic('to', to), Buffer.concat([head, bytes])) ?? true
  }
}

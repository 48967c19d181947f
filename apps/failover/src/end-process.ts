import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { EndOrder, Word } from './ends/end.ts'
import type { HistoryLine } from './history.ts'
import type { Access } from './wires/failing-wire.ts'

/** A sender or a receiver in a process of its own. */
export class EndProcess {
  readonly entries: HistoryLine[] = []
  readonly #child: ChildProcess
  readonly #heard = new Map<string, PromiseWithResolvers<void>>()
  readonly #closed: Promise<unknown>

  /** `accesses` are its wires, the preferred one first. */
  constructor(kind: 'sender' | 'receiver', accesses: readonly Access[], orders: Omit<EndOrder, 'transports'>) {
    const order: EndOrder = { ...orders, transports: accesses.map(({ transport }) => transport) }
    const program = fileURLToPath(new URL(`./ends/${kind}.ts`, import.meta.url))
    this.#child = fork(program, [JSON.stringify(order)], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: Object.assign({}, process.env, ...accesses.map(({ env }) => env)),
    })
    const lines = createInterface({ input: this.#child.stdout as Readable })
    lines.on('line', line => this.#take(line))
    this.#closed = once(this.#child, 'close').then(([code]) => {
      const error = new Error(`The ${kind} ended with code ${code}`)
      for (const { reject } of this.#heard.values()) reject(error)
    })
  }

  /** Resolves when it has said so; rejects when it ends before. */
  heard(what: Word): Promise<void> {
    return this.#waiter(what).promise
  }

  /** One that has gone by now hears nothing. */
  tell(what: 'go' | 'stop'): void {
    if (this.#child.connected) this.#child.send(what, () => undefined)
  }

  /** Ends it, and resolves when all that it said is known. */
  async stop(): Promise<void> {
    this.tell('stop')
    await this.#closed
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #take(line: string): void {
    const said = JSON.parse(line) as HistoryLine | { readonly kind: Word }
    if ('at' in said) this.entries.push(said)
    else this.#waiter(said.kind).resolve()
  }

  #waiter(what: string): PromiseWithResolvers<void> {
    let waiter = this.#heard.get(what)
    if (!waiter) {
      waiter = Promise.withResolvers<void>()
      // An end that is not waited for at that moment is told by the exit of the process.
      waiter.promise.catch(() => undefined)
      this.#heard.set(what, waiter)
    }
    return waiter
  }
}

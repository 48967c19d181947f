import { type ChildProcess, fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The message of a program: its kind, and what belongs to it. */
export type Told = { readonly kind: string } & Readonly<Record<string, unknown>>

const deadlineMs = 30_000

/** A process that a test runs, and what it tells. */
export class Program {
  readonly name: string
  readonly exited: Promise<void>
  readonly #child: ChildProcess
  readonly #told: Told[] = []
  readonly #waiting = new Set<() => void>()
  #end: string | undefined

  /** Runs a file with `config` as its one argument, in JSON; by way of a command that ends as what it runs, if there is one. */
  constructor(file: URL, config: Readonly<Record<string, unknown>>, through: readonly string[] = []) {
    this.name = basename(file.pathname, '.ts')
    const [execPath = process.execPath, ...before] = [...through, process.execPath]
    this.#child = fork(fileURLToPath(file), [JSON.stringify(config)], {
      execPath,
      execArgv: [...before, '--conditions=@sm/source', '--expose-gc'],
      serialization: 'advanced',
    })
    this.#child.on('message', message => {
      this.#told.push(message as Told)
      this.#wake()
    })
    this.exited = new Promise(resolve => {
      this.#child.once('exit', (code, signal) => {
        this.#end = signal ?? `exit code ${code}`
        this.#wake()
        resolve()
      })
    })
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** How it ended; undefined while it runs. */
  get end(): string | undefined {
    return this.#end
  }

  tell(message: Told): void {
    this.#child.send(message, () => {})
  }

  /** The next message of a kind that has come already, taken out. */
  take(kind: string): Told | undefined {
    const i = this.#told.findIndex(told => told.kind === kind)
    return i < 0 ? undefined : this.#told.splice(i, 1)[0]
  }

  /** The next message of a kind, taken out. Throws when the process ends, or does not say it in time. */
  async heard(kind: string, withinMs = deadlineMs): Promise<Told> {
    const until = performance.now() + withinMs
    for (;;) {
      const told = this.take(kind)
      if (told) return told
      if (this.#end !== undefined) throw new Error(`${this.name} ended (${this.#end}) before it said ${kind}`)
      const left = until - performance.now()
      if (left <= 0) throw new Error(`${this.name} did not say ${kind} within ${withinMs} ms`)
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left)
        this.#waiting.add(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    }
  }

  /** Asks, and resolves with the answer, which has the same kind. */
  ask(kind: string, rest: Readonly<Record<string, unknown>> = {}, withinMs?: number): Promise<Told> {
    this.tell({ ...rest, kind })
    return this.heard(kind, withinMs)
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL')
    await this.exited
  }

  /** Memory that is resident, in bytes, as the system sees it: also of a process that is stopped. */
  get rssBytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024
  }

  /** Descriptors that are open. */
  get descriptors(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { join, resolve } from 'node:path'
import type { Profile } from './profile.ts'

/** Which subject of which scenario a process is to set up. */
export interface Assignment {
  readonly target: string
  readonly scenario: string
  readonly subject: number
  /** The checkout whose code runs. Default: this one. */
  readonly directory?: string
}

/** The tasks of a process for its subject. */
export type Task =
  /** Runs until it has had a processor for so long, in growing batches that begin at `ops`. */
  | { readonly kind: 'warm-up'; readonly ops: number; readonly durationMs: number }
  | { readonly kind: 'run'; readonly ops: number; readonly latencies: boolean; readonly collects: boolean }
  | { readonly kind: 'profile'; readonly ops: number }
  | { readonly kind: 'close' }

/** How a run went, and what the process held after it. */
export interface Run {
  readonly opsPerSecond: number
  readonly opsPerCpuSecond: number
  readonly p50us?: number
  readonly p99us?: number
  readonly heapBytes: number
  readonly rssBytes: number
  readonly farRssBytes?: number
}

/** The answer of the process. */
export interface Answer {
  readonly run?: Run
  readonly profiles?: readonly Profile[]
}

const here = resolve(import.meta.dirname, '../../..')

const workerOf = (directory = here) => join(directory, 'apps/bench/src/worker.ts')

/**
 * A subject in a process of its own, in production mode: what one system leaves in the heap, in the caches and in the
 * compiled code does not count for another, and its memory is its own.
 */
export class Apart {
  readonly #child: ChildProcess
  readonly #name: string
  #waiting: { readonly resolve: (answer: Answer) => void; readonly reject: (error: Error) => void } | undefined

  constructor(assignment: Assignment) {
    this.#name = `${assignment.scenario} (subject ${assignment.subject})`
    this.#child = fork(workerOf(assignment.directory), [JSON.stringify(assignment)], {
      execArgv: [...process.execArgv, '--expose-gc'],
      env: { ...process.env, NODE_ENV: 'production' },
    })
    this.#child.on('message', answer => this.#waiting?.resolve(answer as Answer))
    this.#child.on('error', error => this.#waiting?.reject(error))
    // The end may be heard of before the last words: they have all come once the channel is closed.
    let end: string | undefined
    const ended = () => this.#waiting?.reject(new Error(`The process of ${this.#name} ended with ${end}`))
    this.#child.on('exit', (code, signal) => {
      end = signal ?? `code ${code}`
      if (!this.#child.connected) ended()
    })
    this.#child.on('disconnect', () => {
      if (end !== undefined) ended()
    })
  }

  async warmUp(ops: number, durationMs: number): Promise<Run> {
    return this.#runOf(await this.#ask({ kind: 'warm-up', ops, durationMs }))
  }

  /** `latencies`: how long does each operation take? `collects`: collect garbage before looking at the memory? */
  async run(ops: number, { latencies = false, collects = false } = {}): Promise<Run> {
    return this.#runOf(await this.#ask({ kind: 'run', ops, latencies, collects }))
  }

  async profile(ops: number): Promise<readonly Profile[]> {
    return (await this.#ask({ kind: 'profile', ops })).profiles as readonly Profile[]
  }

  async close(): Promise<void> {
    await this.#ask({ kind: 'close' })
  }

  /** Ends the process at once, whatever it does. Harmless when it has ended. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #runOf({ run }: Answer): Run {
    return run as Run
  }

  #ask(task: Task): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      if (this.#child.exitCode !== null) reject(new Error(`The process of ${this.#name} has ended`))
      else this.#child.send(task)
    })
  }
}

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Place } from '../pair.ts'
import type { PairName } from '../pairs/index.ts'

/** The role of a far process. */
export interface FarAssignment {
  readonly pair: PairName
  /** `ask`: is ready to, and does not. `rest`: a process with nothing in it. */
  readonly role: 'receive' | 'answer' | 'ask' | 'rest'
  readonly place: Place
  readonly index: number
}

/** The tasks of a far process. It answers one after the other. */
export type FarTask =
  /** Begins to count: samples and processor time. */
  | { readonly kind: 'begin'; readonly expected: number }
  /** Answered when all that was expected has been handled. */
  | { readonly kind: 'finish' }
  | { readonly kind: 'start-profile' }
  | { readonly kind: 'stop-profile'; readonly ops: number }
  | { readonly kind: 'close' }

/** The outcome of a run at a far end. */
export interface FarRun {
  /** The sum of the numbers of the samples that it handled. */
  readonly sum: number
  readonly cpuUs: number
  readonly rssBytes: number
}

const sources = fileURLToPath(new URL('./far-process.ts', import.meta.url))

/** A far end in a process of its own. */
export class Far {
  readonly #child: ChildProcess
  #waiting: Array<{ readonly resolve: (answer: unknown) => void; readonly reject: (error: Error) => void }> = []

  /** Resolves when the far end can be reached. `program`: built, to run as it is; default: from the sources. */
  static async start(assignment: FarAssignment, program?: string): Promise<Far> {
    const far = new Far(assignment, program)
    await far.#answer()
    return far
  }

  private constructor(assignment: FarAssignment, program: string | undefined) {
    const args = [JSON.stringify(assignment)]
    this.#child = program === undefined ? fork(sources, args) : fork(program, args, { execArgv: [] })
    this.#child.on('message', answer => this.#waiting.shift()?.resolve(answer))
    this.#child.on('error', error => this.#fail(error))
    this.#child.on('exit', (code, signal) => {
      this.#fail(new Error(`The far process of ${assignment.pair} ended with ${signal ?? `code ${code}`}`))
    })
  }

  get pid(): number {
    return this.#child.pid as number
  }

  ask(task: FarTask): Promise<unknown> {
    const answer = this.#answer()
    this.#child.send(task)
    return answer
  }

  async finish(): Promise<FarRun> {
    return (await this.ask({ kind: 'finish' })) as FarRun
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('./guardian.sh', import.meta.url))

/** The server that a guardian runs. */
export interface Guarded {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  /** Gets the server's output in `log`, and is removed with the server. */
  readonly directory: string
  /** Name of the container that the command runs, if it does. */
  readonly container: string | undefined
}

/**
 * A server and the small process that watches over it: a shell of its own session, which kills the server and removes
 * its directory as soon as this process lets go of it, also when this process is killed. It keeps no process alive.
 */
export class Guardian {
  readonly pid: Promise<number>
  /** Resolves with the server's exit code when it has ended. */
  readonly exited: Promise<number>
  /** Resolves when server and guardian have ended. */
  readonly closed: Promise<void>
  #running = true
  readonly #child: ChildProcess
  readonly #stdin: Writable

  constructor({ command, args, env, directory, container = '' }: Guarded) {
    this.#child = spawn('sh', [script, directory, container, command, ...args], {
      cwd: directory,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    this.#stdin = this.#child.stdin as Writable
    // It has ended before it could be told to.
    this.#stdin.on('error', () => undefined)
    const failed = once(this.#child, 'error').then(([error]) => Promise.reject(error))
    const said = (word: string) => {
      const heard = new Promise<number>(resolve => {
        lines.on('line', line => line.startsWith(`${word} `) && resolve(Number(line.slice(word.length))))
      })
      const promise = Promise.race([heard, failed])
      promise.catch(() => undefined)
      return promise
    }
    const lines = createInterface({ input: this.#child.stdout as Readable })
    this.pid = said('pid')
    this.exited = said('exit').finally(() => {
      this.#running = false
    })
    this.exited.catch(() => undefined)
    this.closed = new Promise(resolve => this.#child.once('close', () => resolve()))
    this.hold(false)
  }

  get running(): boolean {
    return this.#running
  }

  /** Ends the server, if it still runs. Its directory goes with it unless it is kept. */
  async close({ keep }: { readonly keep: boolean }): Promise<void> {
    this.hold(true)
    this.#stdin.end(keep ? 'keep\n' : '')
    await this.closed
  }

  /** Whether what this process waits for here keeps it alive. */
  hold(held: boolean): void {
    const handles = [this.#child, this.#stdin, this.#child.stdout] as ReadonlyArray<Partial<ChildProcess> | null>
    for (const handle of handles) held ? handle?.ref?.() : handle?.unref?.()
  }
}

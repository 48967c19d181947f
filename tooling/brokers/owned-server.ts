import { randomUUID } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from '../workspace/run.ts'
import { answerOf } from './answer.ts'
import { type Broker, BrokerError, type BrokerName } from './broker.ts'
import { inDocker } from './docker.ts'
import { Guardian } from './guardian.ts'
import type { Launched, Place } from './kinds/kind.ts'
import type { Located } from './locate.ts'
import { stopped } from './stopped.ts'

/** The facts of its kind and its options that a server needs. */
export interface Plan {
  readonly name: BrokerName
  readonly title: string
  readonly url: string
  readonly located: Located
  readonly place: Place
  /** Writes its configuration, and tells how it is run. */
  prepare(): Promise<Launched>
  readonly hello: string
  isReady(answer: Buffer): boolean
  readonly startTimeoutMs: number
}

const askAgainMs = 20

/** The environment of a server: enough to find other programs, and nothing that configures it behind our back. */
const plainEnv = (): NodeJS.ProcessEnv => ({
  PATH: `${process.env.PATH}:/usr/sbin:/sbin:/usr/bin:/bin`,
  LANG: 'C.UTF-8',
})

/** The last lines of a log, to say why a server did not start. */
const tail = (log: string) => log.trimEnd().split('\n').slice(-8).join('\n')

/** Harmless when the process has just ended by itself. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A server and its directory, which belong to this process. */
export class OwnedServer implements Broker {
  readonly #plan: Plan
  #container: string | undefined
  #guardian: Guardian | undefined
  #pid = 0
  #stopping: Promise<void> | undefined

  constructor(plan: Plan) {
    this.#plan = plan
  }

  get name(): BrokerName {
    return this.#plan.name
  }

  get port(): number {
    return this.#plan.place.port
  }

  get url(): string {
    return this.#plan.url
  }

  get pid(): number {
    return this.#pid
  }

  get running(): boolean {
    return this.#guardian?.running ?? false
  }

  get directory(): string {
    return this.#plan.place.directory
  }

  /** Port and container by which the server is controlled. */
  protected get control(): { readonly port: number; readonly container: string | undefined } {
    return { port: this.#plan.place.controlPort, container: this.#container }
  }

  log(): Promise<string> {
    return readFile(join(this.directory, 'log'), 'utf8')
  }

  /** Starts the server in its directory and resolves when it answers. */
  async start(): Promise<void> {
    const { located, place, prepare } = this.#plan
    const launched = await prepare()
    const container = located.by === 'docker' ? `sm-broker-${randomUUID()}` : undefined
    const { command, args, env } =
      located.by === 'docker' ? inDocker(located.image, container as string, place, launched) : launched
    const previous = this.#guardian
    const guardian = new Guardian({
      command,
      args,
      env: located.by === 'docker' ? process.env : { ...plainEnv(), ...env },
      directory: this.directory,
      container,
    })
    this.#container = container
    this.#guardian = guardian
    // Now the new one watches over the directory.
    await previous?.close({ keep: true })
    guardian.hold(true)
    try {
      this.#pid = await guardian.pid
      await this.#ready(guardian)
    } finally {
      guardian.hold(false)
    }
  }

  async #ready(guardian: Guardian): Promise<void> {
    const { title, startTimeoutMs, hello, isReady } = this.#plan
    const deadline = performance.now() + startTimeoutMs
    const enough = (answer: Buffer) => isReady(answer)
    // Short at first: a server that reads its data takes a connection, and says something else.
    for (let patienceMs = 100; performance.now() < deadline; patienceMs = Math.min(2_000, patienceMs * 2)) {
      const answer = await answerOf(this.port, hello, enough, patienceMs)
      if (!guardian.running) break
      if (answer && isReady(answer)) return
      await sleep(askAgainMs)
    }
    const what = guardian.running ? `did not answer within ${startTimeoutMs} ms` : 'ended instead of starting'
    throw new BrokerError(`${title} on port ${this.port} ${what}. Its log ends with:\n${tail(await this.log())}`)
  }

  async kill(): Promise<void> {
    const guardian = this.#guardian
    if (!guardian?.running) return
    guardian.hold(true)
    await this.#signal('SIGKILL', ['kill'])
    await guardian.exited
    guardian.hold(false)
  }

  async restart({ fresh = false }: { readonly fresh?: boolean } = {}): Promise<void> {
    if (this.#stopping) throw new TypeError(`This ${this.#plan.title} was stopped: start another`)
    await this.kill()
    if (fresh) await rm(join(this.directory, 'data'), { recursive: true, force: true })
    await this.start()
  }

  async freeze(): Promise<void> {
    await this.#signal('SIGSTOP', ['pause'])
    if (this.#container === undefined) await stopped(this.#pid)
  }

  thaw(): Promise<void> {
    return this.#signal('SIGCONT', ['unpause'])
  }

  async #signal(signal: NodeJS.Signals, command: readonly string[]): Promise<void> {
    if (!this.running) throw new TypeError(`This ${this.#plan.title} does not run`)
    if (this.#container !== undefined) await run('docker', [...command, this.#container])
    else send(this.#pid, signal)
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#guardian?.close({ keep: false }) ?? rm(this.directory, { recursive: true, force: true })
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

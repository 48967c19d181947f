import { type FSWatcher, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Cancel, Clock } from '@sm/core/transport'
import type { DiscoveryListener, Self } from '@sm/mesh'
import { templateMeshError } from './errors.ts'

/** The notice of an agent. */
export interface Notice {
  readonly port: number
  readonly processId: number
}

/** A directory in which each agent has a file: named for the agent, and telling where it listens. */
export class NoticeBoard {
  readonly #directory: string
  readonly #path: string
  readonly #pollMs: number
  readonly #clock: Clock
  #seen = new Set<string>()
  #watcher: FSWatcher | undefined
  #timer: Cancel | undefined

  constructor(directory: string | undefined, pollMs: number, context: Self & { readonly clock: Clock }) {
    const { namespace, agent, instance, clock } = context
    const base = directory ?? join(tmpdir(), `template-mesh-${userInfo().username}`)
    this.#directory = join(base, namespace)
    this.#path = join(this.#directory, `${agent}.${instance}`)
    this.#pollMs = pollMs
    this.#clock = clock
  }

  /** Puts this agent's notice up. Throws `SM_TEMPLATE_MESH_DIRECTORY`. */
  post(notice: Notice): void {
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 })
      // Written aside first: who finds a notice can read it.
      const draft = join(this.#directory, `.${this.#path.slice(this.#directory.length + 1)}`)
      writeFileSync(draft, JSON.stringify(notice), { mode: 0o600 })
      renameSync(draft, this.#path)
    } catch (cause) {
      const what = `No notice can be left in ${this.#directory}`
      throw templateMeshError('SM_TEMPLATE_MESH_DIRECTORY', what, { cause, details: { directory: this.#directory } })
    }
  }

  /** Tells who is there, now and from now on. */
  watch(listener: DiscoveryListener): void {
    this.#watcher = watch(this.#directory, { persistent: false }, () => this.#look(listener))
    // A watch that breaks leaves the slow look.
    this.#watcher.on('error', () => this.#watcher?.close())
    this.#look(listener)
    const again = () => {
      this.#timer = this.#clock.schedule(() => {
        this.#look(listener)
        again()
      }, this.#pollMs)
    }
    again()
  }

  /** The content of a notice; undefined when it is gone, or no notice. */
  read(path: string): Notice | undefined {
    try {
      const { port, processId } = JSON.parse(readFileSync(path, 'utf8'))
      return Number.isInteger(port) && Number.isInteger(processId) ? { port, processId } : undefined
    } catch {
      // It was taken down in the meantime, or somebody else's file has such a name.
      return undefined
    }
  }

  /** Takes down a notice whose process is dead. */
  removeIfDead(path: string): void {
    const notice = this.read(path)
    if (notice && !isAlive(notice.processId)) rmSync(path, { force: true })
  }

  /** Takes this agent's notice down. */
  close(): void {
    this.#timer?.()
    this.#watcher?.close()
    rmSync(this.#path, { force: true })
  }

  #look({ found, lost }: DiscoveryListener): void {
    const seen = new Set<string>()
    for (const name of this.#names()) {
      const [agent, instance, ...rest] = name.split('.')
      if (!agent || !instance || rest.length > 0) continue
      seen.add(instance)
      if (!this.#seen.has(instance)) found({ agent, instance, location: join(this.#directory, name) })
    }
    for (const instance of this.#seen) if (!seen.has(instance)) lost(instance)
    this.#seen = seen
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#directory)
    } catch {
      // A directory that somebody has removed has no notices in it.
      return []
    }
  }
}

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    // A process that may not be asked is alive.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { UsageError } from './command-line.ts'
import type { Scenario, Subject } from './scenario.ts'
import type { Target } from './target.ts'

const root = resolve(import.meta.dirname, '../../..')

const run = (command: string, args: readonly string[], cwd: string) => promisify(execFile)(command, [...args], { cwd })

/** Another revision of the repository, checked out beside this one with dependencies of its own. */
export class Revision implements AsyncDisposable {
  readonly #name: string
  readonly #directory: string

  private constructor(name: string, directory: string) {
    this.#name = name
    this.#directory = directory
  }

  /** Throws a {@link UsageError} for a revision that there is not. */
  static async checkOut(name: string): Promise<Revision> {
    const directory = await mkdtemp(join(tmpdir(), 'sm-bench-revision-'))
    const revision = new Revision(name, directory)
    try {
      await run('git', ['worktree', 'add', '--detach', directory, name], root).catch(error => {
        throw new UsageError(`There is no revision "${name}" to measure against: ${error.stderr ?? error.message}`)
      })
      await run('npx', ['-y', 'pnpm@12', 'install', '--frozen-lockfile', '--prefer-offline'], directory)
      return revision
    } catch (error) {
      await revision[Symbol.asyncDispose]()
      throw error
    }
  }

  /**
   * A scenario of our own subjects alone, each twice: as it is, and as it was. They take turns like any two systems. Undefined
   * where the revision has none of them.
   */
  async against(target: string, scenario: Scenario): Promise<Scenario | undefined> {
    const there = await this.#scenario(target, scenario.name)
    const pairs = scenario.subjects.flatMap((subject, index): Subject[] => {
      const { system, delivery, against, needs, open } = subject
      const before = there?.subjects.findIndex(other => other.system === system && other.delivery === delivery) ?? -1
      if (!against || before < 0) return []
      const common = { delivery, open, ...(needs !== undefined && { needs }) }
      const old = `${system} at ${this.#name}`
      return [
        { ...common, system: old, place: { directory: this.#directory, index: before } },
        { ...common, system, against: { system: old }, place: { directory: root, index } },
      ]
    })
    return pairs.length === 0 ? undefined : { ...scenario, subjects: pairs }
  }

  async #scenario(target: string, wanted: string): Promise<Scenario | undefined> {
    const file = join(this.#directory, 'apps/bench/src/targets/index.ts')
    const { targets } = (await import(pathToFileURL(file).href)) as { targets: Record<string, () => Promise<Target>> }
    return (await targets[target]?.())?.scenarios.find(({ name }) => name === wanted)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('git', ['worktree', 'remove', '--force', this.#directory], root).catch(() => undefined)
    await rm(this.#directory, { recursive: true, force: true })
  }
}

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Program } from '../../../tooling/test/program.ts'

/** Whether the long versions of tests are asked for: `SM_LONG=1`. */
export const isLong = process.env.SM_LONG === '1'

/** A base directory of its own and processes in it: `await using` ends and removes all of it, however the test ends. */
export class World implements AsyncDisposable {
  readonly base = mkdtempSync(join(tmpdir(), 'sm-pipes-world-'))
  readonly namespace = 'world'
  readonly #programs: Program[] = []

  /** Runs `programs/<name>.ts` and resolves when it says that it is ready, within half a minute unless said otherwise. */
  async run(name: string, config: Readonly<Record<string, unknown>> = {}, withinMs?: number): Promise<Program> {
    const program = new Program(new URL(`programs/${name}.ts`, import.meta.url), {
      base: this.base,
      namespace: this.namespace,
      ...config,
    })
    this.#programs.push(program)
    await program.heard('ready', withinMs)
    return program
  }

  /** Where a program writes what it has done. */
  historyFile(name: string): string {
    return join(this.base, `${name}.history`)
  }

  /** The lines that a program has written so far; the last may have been cut short by its death. */
  lines(name: string): readonly string[] {
    try {
      return readFileSync(this.historyFile(name), 'utf8').split('\n').slice(0, -1)
    } catch {
      return []
    }
  }

  /** The files in the directory of a namespace; none where the last to leave has taken it along. */
  files(namespace = this.namespace): readonly string[] {
    const directory = join(this.base, namespace)
    return existsSync(directory) ? readdirSync(directory).sort() : []
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map(program => program.kill()))
    rmSync(this.base, { recursive: true, force: true })
  }
}

import { rmSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { type Answers, collectAnswers } from './answers.ts'
import { parseFlags, usage } from './command-line.ts'
import { formatSources } from './format-sources.ts'
import { toChangeset, toPackageFiles } from './package-files.ts'
import { changesetPath, requireFree } from './refusals.ts'
import { findRepository } from './surroundings.ts'
import { createTerminal } from './terminal.ts'
import { RefusedError, UsageError } from './usage-error.ts'
import { writePackage } from './write-package.ts'

/** The parts of the process that the program uses. */
export interface Process {
  readonly args: readonly string[]
  readonly cwd: string
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
  readonly errors: NodeJS.WritableStream
  /** Whether somebody is there to be asked. */
  readonly interactive: boolean
  readonly year: number
}

/** Makes a package as the arguments and answers say. Resolves with the exit code; see {@link usage}. */
export async function run(process: Process): Promise<0 | 1 | 2> {
  const { output, errors } = process
  try {
    const flags = parseFlags(process.args)
    if (!flags) {
      output.write(`${usage}\n`)
      return 0
    }
    const terminal = flags.yes || !process.interactive ? undefined : createTerminal(process.input, output)
    try {
      const surroundings = { cwd: process.cwd, repository: findRepository(process.cwd) }
      const answers = await collectAnswers(flags, surroundings, terminal)
      output.write(`${make(answers, process)}\n`)
    } finally {
      terminal?.close()
    }
    return 0
  } catch (error) {
    if (error instanceof UsageError) {
      errors.write(`${error.message}\n\n${usage}\n`)
      return 2
    }
    if (!(error instanceof RefusedError)) throw error
    errors.write(`${error.message}\n`)
    return 1
  }
}

/** Makes the package, and says what to do next. */
function make(answers: Answers, { cwd, year }: Process): string {
  requireFree(answers)
  const { names, repository, directory } = answers
  const files = toPackageFiles(answers, year)
  const changeset = repository && changesetPath(repository, names.folder)
  try {
    if (changeset) writeFileSync(changeset, toChangeset(answers))
    writePackage(directory, files)
  } catch (error) {
    if (changeset) rmSync(changeset, { force: true })
    throw error instanceof RefusedError ? error : new RefusedError((error as Error).message, { cause: error })
  }
  const place = relative(cwd, directory) || '.'
  const next =
    repository === undefined ? [`cd ${place}`, 'npm install', 'npm run check'] : stepsIn(repository, directory)
  return [
    `${names.packageName} stands in ${place} (${files.size} files). Next:\n`,
    ...next.map(step => `  ${step}`),
    '\nThen put your wire where the sources say TODO.',
  ].join('\n')
}

/** The steps that are left to do in the repository, once the sources are formatted. */
function stepsIn(repository: string, directory: string): readonly string[] {
  const formatted = formatSources(repository, directory)
  const test = `pnpm vitest run ${relative(repository, directory)}`
  return ['pnpm install', ...(formatted ? [] : ['pnpm format']), test, 'pnpm run docs']
}

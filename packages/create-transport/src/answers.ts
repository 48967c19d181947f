import { join, resolve } from 'node:path'
import type { Flags } from './command-line.ts'
import { authorFault, licenseFault, type Names, nameFault, scopeFault, toNames } from './names.ts'
import { UsageError } from './usage-error.ts'

export const kinds = ['mesh', 'brokered'] as const
export type Kind = (typeof kinds)[number]

/** All that is to be known of a package before it is made. */
export interface Answers {
  readonly names: Names
  readonly kind: Kind
  /** The repository of which it becomes a package; undefined when it stands on its own. */
  readonly repository: string | undefined
  readonly directory: string
  readonly author: string
  readonly license: string
}

/** Where the answers come from when the command line has none. */
export interface Asker {
  /** Asks until the answer has no fault. An empty answer is the default. */
  ask(question: string, fallback: string | undefined, faultOf: (answer: string) => string | undefined): Promise<string>
}

/** The facts of the place where the program runs. */
export interface Surroundings {
  readonly cwd: string
  /** The SmartMessage repository around it. */
  readonly repository: string | undefined
}

/** One question: what was said on the command line, else what is asked, else the default. */
async function answer(
  asker: Asker | undefined,
  given: string | undefined,
  option: string,
  question: string,
  fallback: string | undefined,
  faultOf: (answer: string) => string | undefined,
): Promise<string> {
  if (given === undefined && asker) return asker.ask(question, fallback, faultOf)
  const value = given ?? fallback
  if (value === undefined)
    throw new UsageError(`${option} is missing, and nobody is there to be asked (--yes takes the defaults)`)
  const fault = faultOf(value)
  if (fault) throw new UsageError(`${option} ${JSON.stringify(value.slice(0, 80))} ${fault}`)
  return value
}

const oneOf = (choices: readonly string[]) => (value: string) =>
  choices.includes(value) ? undefined : `is none of ${choices.join(', ')}`

/**
 * Collects the answers. Without an asker, what is not said is the default with `--yes`, and missed without it. Throws a
 * {@link UsageError}.
 */
export async function collectAnswers(
  flags: Flags,
  { cwd, repository: around }: Surroundings,
  asker: Asker | undefined,
): Promise<Answers> {
  if (flags.place === 'in-repo' && !around)
    throw new UsageError('--in-repo: this is not in the SmartMessage repository')
  const orElse = (fallback: string) => (asker || flags.yes ? fallback : undefined)
  const name = await answer(asker, flags.name, 'NAME', 'Name of the transport', undefined, nameFault)
  const kind = await answer(asker, flags.kind, '--kind', 'Kind: mesh or brokered', orElse('mesh'), oneOf(kinds))
  const places = ['in-repo', 'standalone']
  const place = around
    ? await answer(
        asker,
        flags.place,
        '--in-repo',
        'In the repository, or standalone',
        orElse('in-repo'),
        oneOf(places),
      )
    : 'standalone'
  const repository = place === 'in-repo' ? around : undefined
  const ownScope = repository ? '@sm' : ''
  const scope = await answer(asker, flags.scope, '--scope', 'npm scope, such as @acme', orElse(ownScope), scopeFault)
  const author = await answer(asker, flags.author, '--author', 'Author', orElse(''), authorFault)
  const license = await answer(asker, flags.license, '--license', 'Licence', orElse('MIT'), licenseFault)
  const names = toNames(name, scope)
  const beside = repository ? join(repository, 'packages') : cwd
  const directory = flags.directory === undefined ? join(beside, names.folder) : resolve(cwd, flags.directory)
  return { names, kind: kind as Kind, repository, directory, author, license }
}

import { isTest } from '../check/architecture/source-file.ts'
import { sourceFiles } from '../check/architecture.ts'
import { code, type Page, page, table } from './page.ts'

/** What each variable means. Every one that a source reads stands here, and no other. */
const descriptions: Readonly<Record<string, string>> = {
  NODE_ENV: 'With `production`, received payloads are not frozen, which saves time. Nothing else depends on it.',
  SM_NAMESPACE: 'Namespace of agents that are given none. Default `default`.',
  SM_TRANSPORTS:
    'Transports of agents that are given none, as a comma-separated list of names and URLs: `memory,redis://localhost`. Default `memory`.',
}

/** A variable and the packages and apps that read it. */
export type VariableUse = ReadonlyMap<string, ReadonlySet<string>>

/** The environment variables that sources read. */
export function variablesIn(files: ReadonlyArray<{ readonly path: string; readonly text: string }>): VariableUse {
  const found = new Map<string, Set<string>>()
  for (const { path, text } of files) {
    if (isTest(path)) continue
    for (const [, dotted, quoted] of text.matchAll(/\benv(?:\.([A-Z][A-Z0-9_]*)|\[['"]([A-Z][A-Z0-9_]*)['"]\])/g)) {
      const name = (dotted ?? quoted) as string
      const users = found.get(name) ?? new Set()
      users.add(path.split('/', 2).join('/'))
      found.set(name, users)
    }
  }
  return found
}

/** The rows of the reference. Throws when a variable is not described, or a described one is not read. */
export function variableRows(uses: VariableUse, described = descriptions): readonly (readonly string[])[] {
  for (const [name, users] of uses) {
    if (!Object.hasOwn(described, name))
      throw new Error(`${[...users].join(', ')} reads ${name}, which tooling/docs/environment.ts does not describe`)
  }
  return Object.entries(described).map(([name, text]) => {
    const users = uses.get(name)
    if (!users) throw new Error(`tooling/docs/environment.ts describes ${name}, which no source reads`)
    return [code(name), text, [...users].sort().map(code).join(', ')]
  })
}

/** The reference page of environment variables. */
export function environmentPage(): Page {
  const rows = variableRows(variablesIn(sourceFiles()))
  return page(
    'docs/reference/environment.md',
    'Environment variables',
    'What is given in code comes before what the environment says.',
    table(['variable', 'meaning', 'read by'], rows),
  )
}

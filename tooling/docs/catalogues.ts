import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Catalogue } from '@sm/core/transport'
import { publicPackages, type WorkspacePackage } from '../workspace/packages.ts'
import { code, type Page, page, table } from './page.ts'

/** The error codes of one package. */
export interface PackageCatalogue {
  readonly name: string
  /** Its directory from the root. */
  readonly path: string
  readonly catalogue: Catalogue
}

/** Where a package keeps its catalogue, by convention: an export whose name ends with `atalogue`. */
const places = ['src/errors.ts', 'src/errors/catalogue.ts']

async function catalogueOf({ directory, path, manifest }: WorkspacePackage): Promise<PackageCatalogue | undefined> {
  const file = places.map(place => join(directory, place)).find(existsSync)
  if (file === undefined) return undefined
  const module: Record<string, unknown> = await import(pathToFileURL(file).href)
  const name = Object.keys(module).find(key => key.endsWith('atalogue'))
  return name === undefined ? undefined : { name: manifest.name, path, catalogue: module[name] as Catalogue }
}

/** The catalogues of all public packages, core first. */
export async function packageCatalogues(): Promise<readonly PackageCatalogue[]> {
  const found: PackageCatalogue[] = []
  for (const each of publicPackages()) {
    const catalogue = await catalogueOf(each)
    if (catalogue) found.push(catalogue)
  }
  return found
}

function section({ name, catalogue }: PackageCatalogue): string {
  const rows = Object.entries(catalogue)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, { meaning, remedy, retryable }]) => [code(key), meaning, remedy, retryable ? 'yes' : 'no'])
  return `## ${name}\n\n${table(['code', 'meaning', 'what to do', 'retryable'], rows)}`
}

/** The reference page of error codes. */
export async function errorsPage(): Promise<Page> {
  const intro = `
Every error of SmartMessage is an \`SmError\` with a stable \`code\`. Recognise it with \`isSmError(error)\` and decide by
\`error.code\` or \`error.retryable\`, never by its text. \`details\` holds facts for programs, never a payload or a secret.
A failed publish says in \`details.outcome\` whether anyone may have got the message: \`failed\` means no one, \`unknown\`
means that someone may have. "Retryable" says whether the same call may succeed later without a change by the caller; an
error can override it. Misuse of the language (a wrong type of argument) is a \`TypeError\`; an abort keeps its reason.`
  return page('docs/reference/errors.md', 'Error codes', intro, ...(await packageCatalogues()).map(section))
}

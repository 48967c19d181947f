import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { type Names, toNames } from './names.ts'
import { RefusedError } from './usage-error.ts'

/** A file of a package: its path from the package's folder, with slashes, and its text. */
export type Files = ReadonlyMap<string, string>

/** Where the templates are, from `src/` and from `dist/` alike. */
const templates = resolve(import.meta.dirname, '../templates')

/** Names that npm would leave out of its package, or read as its own, begin with `_` in a template. */
const unhide = (path: string) => path.replaceAll(/(^|\/)_/g, '$1.')

/** Puts names where a template has its own. */
type Rename = (text: string) => string

/** A template is a package with a name of its own. */
function renamer(template: string, names: Names): Rename {
  const { packageName, kebab, camel, pascal, constant } = toNames(`template-${template}`, '@sm')
  const renamed = new Map([
    [packageName, names.packageName],
    [kebab, names.kebab],
    [camel, names.camel],
    [pascal, names.pascal],
    [constant, names.constant],
  ])
  // All at once, the longest first: what has been replaced is not looked at again.
  const any = new RegExp([...renamed.keys()].join('|'), 'g')
  return text => text.replaceAll(any, found => renamed.get(found) ?? found)
}

/** Identifiers of a source, without what stands in comments and texts. */
function identifiersOf(source: string): ReadonlySet<string> {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'/g, ' ')
  return new Set(code.match(/[A-Za-z_$][\w$]*/g))
}

/** A name that would make a file say one word for two things is refused. */
function requireNoClash(path: string, source: string, rename: Rename, { kebab }: Names): void {
  const before = identifiersOf(source)
  for (const identifier of before) {
    const after = rename(identifier)
    if (after !== identifier && before.has(after)) {
      throw new RefusedError(`The name "${kebab}" cannot be taken: ${path} needs "${after}" for something else`)
    }
  }
}

/** The files of a template, under the names of a transport. Throws a {@link RefusedError} for a name that does not fit. */
export function readTemplate(template: string, names: Names): Files {
  const base = join(templates, template)
  const rename = renamer(template, names)
  const files = new Map<string, string>()
  for (const entry of readdirSync(base, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const place = relative(base, join(entry.parentPath, entry.name)).split(sep).join('/')
    const text = readFileSync(join(base, place), 'utf8')
    const path = unhide(rename(place))
    if (place.endsWith('.ts')) requireNoClash(path, text, rename, names)
    files.set(path, rename(text))
  }
  return files
}

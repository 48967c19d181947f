import { posix } from 'node:path'
import { importsOf } from '../imports.ts'
import { isTest, type SourceFile, type Violation } from './source-file.ts'

/** The folders of core, lowest floor first. Imports only go down, and folders of one floor do not know each other. */
const floors: ReadonlyArray<readonly string[]> = [
  ['errors', 'kernel'],
  ['message', 'telemetry'],
  ['codec', 'contract'],
  ['transport-kit', 'registry', 'deduplication', 'describe'],
  ['routing', 'memory', 'settings', 'directory'],
  ['sending', 'receiving'],
  ['requests'],
  ['agent'],
]

/** The entries that users and plugin authors import. They stand above every floor and may reach into a folder to register it. */
const entries: ReadonlySet<string> = new Set(['index.ts', 'transport-author.ts', 'testing.ts', 'options.ts'])

/** The one name by which core may import itself: plugins augment that module, so core has to read it under the same. */
const ownImport = '@sm/core/options'

const base = 'packages/core/src/'

function floorOf(folder: string): number {
  return floors.findIndex(folders => folders.includes(folder))
}

/** The folder of a file of core, and the file within; an entry has no folder. */
function place(path: string): { readonly folder: string; readonly file: string } {
  const [first = '', ...rest] = path.slice(base.length).split('/')
  return rest.length === 0 ? { folder: '', file: first } : { folder: first, file: rest.join('/') }
}

function faultOf(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('@sm/')) {
    return specifier === ownImport
      ? undefined
      : `imports ${specifier}: core knows itself by relative paths, and no other package`
  }
  if (!specifier.startsWith('.')) return undefined
  const target = posix.join(posix.dirname(from), specifier)
  // Leaving the package is another rule's concern.
  if (!target.startsWith(base)) return undefined
  const here = place(from)
  const there = place(target)
  if (here.folder === there.folder) return undefined
  if (there.folder === '') return `imports the entry ${there.file}, which stands above every floor`
  if (here.folder === '') return undefined
  const floor = floorOf(here.folder)
  const below = floorOf(there.folder)
  if (below > floor) return `imports up: ${here.folder}/ is on floor F${floor}, ${there.folder}/ on F${below}`
  if (below === floor) return `imports sideways: ${here.folder}/ and ${there.folder}/ are both on floor F${floor}`
  if (there.file !== 'index.ts')
    return `imports ${there.folder}/${there.file}: another folder is imported through its index.ts`
  return undefined
}

/** A floor names folders that are there: one that is not holds nothing. */
export function checkFloorsAreThere(files: readonly SourceFile[]): readonly Violation[] {
  const there = new Set(files.filter(({ path }) => path.startsWith(base)).map(({ path }) => place(path).folder))
  return floors
    .flat()
    .filter(folder => !there.has(folder))
    .map(folder => ({ path: `${base}${folder}`, line: 1, message: 'has a floor of core, and is not there' }))
}

/** Holds the floors of core. */
export function checkFloors(file: SourceFile): readonly Violation[] {
  const { path, text } = file
  if (!path.startsWith(base) || isTest(path)) return []
  const { folder, file: name } = place(path)
  if (folder === '' && !entries.has(name))
    return [{ path, line: 1, message: 'stands beside the entries of core, but is none' }]
  if (folder !== '' && floorOf(folder) < 0)
    return [{ path, line: 1, message: `is in ${folder}/, which is on no floor of core` }]
  return importsOf(text).flatMap(({ specifier, line }) => {
    const message = faultOf(path, specifier)
    return message === undefined ? [] : [{ path, line, message }]
  })
}

import { posix } from 'node:path'
import { importsOf } from '../imports.ts'
import { isTest, type SourceFile, type Violation } from './source-file.ts'

/** The imports of each file or room, of types too. Both by path. */
type Imports = ReadonlyMap<string, ReadonlySet<string>>

/** The package that a file belongs to, and its room there: its folder below `src`, or the file itself where it stands in none. */
function place(path: string): { readonly home: string; readonly room: string } {
  const [kind = '', name = '', , ...rest] = path.split('/')
  const home = `${kind}/${name}/src`
  return { home, room: rest.length > 1 ? `${home}/${rest[0]}` : path }
}

function importsBetween(files: readonly SourceFile[]): Imports {
  const known = new Set(files.map(({ path }) => path))
  return new Map(
    files.map(({ path, text }) => {
      const targets = importsOf(text)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) => posix.join(posix.dirname(path), specifier))
      return [path, new Set(targets.filter(target => known.has(target)))]
    }),
  )
}

/** The same between rooms of one package. */
function importsOfRooms(imports: Imports): Imports {
  const rooms = new Map<string, Set<string>>()
  for (const [from, targets] of imports) {
    const here = place(from)
    const known = rooms.get(here.room) ?? new Set<string>()
    rooms.set(here.room, known)
    for (const target of targets) {
      const there = place(target)
      if (there.home === here.home && there.room !== here.room) known.add(there.room)
    }
  }
  return rooms
}

/** The shortest way from a place back to itself, without its end; undefined when there is none. */
function circleThrough(start: string, imports: Imports): readonly string[] | undefined {
  const cameFrom = new Map<string, string>()
  const queue = [start]
  for (const at of queue) {
    for (const next of imports.get(at) ?? []) {
      if (next === start) {
        const way = [at]
        for (let back = cameFrom.get(at); back !== undefined; back = cameFrom.get(back)) way.unshift(back)
        return way
      }
      if (cameFrom.has(next)) continue
      cameFrom.set(next, at)
      queue.push(next)
    }
  }
  return undefined
}

/** One circle for each group of places that reach each other. */
function circlesOf(imports: Imports): ReadonlyArray<readonly string[]> {
  const seen = new Set<string>()
  const circles: Array<readonly string[]> = []
  for (const start of [...imports.keys()].sort()) {
    if (seen.has(start)) continue
    const circle = circleThrough(start, imports)
    if (!circle) continue
    circles.push(circle)
    for (const each of circle) seen.add(each)
  }
  return circles
}

/** No file imports itself by way of others, of types too, and no room of a package does. */
export function checkCircles(files: readonly SourceFile[]): readonly Violation[] {
  const imports = importsBetween(files.filter(({ path }) => !isTest(path)))
  const told = (what: string) => (circle: readonly string[]) => {
    const [path = ''] = circle
    const way = [...circle, path].map(each => each.replace(`${place(path).home}/`, '')).join(' → ')
    return { path, line: 1, message: `${what} in a circle: ${way}` }
  }
  return [
    ...circlesOf(imports).map(told('imports itself')),
    ...circlesOf(importsOfRooms(imports)).map(told('is in a room that imports itself')),
  ]
}

import { posix } from 'node:path'
import { importsOf } from '../imports.ts'
import type { PackageNames } from './package-walls.ts'
import { isTest, type SourceFile, type Violation } from './source-file.ts'

/** Where the table is. */
const roomsPage = 'docs/architecture.md'

/** The rooms of one package, the lowest first. */
export interface House {
  /** `packages/mesh`. */
  readonly path: string
  readonly rooms: readonly string[]
  /** Its line in the table. */
  readonly line: number
}

/** The table of rooms in the page on the architecture. Throws where it names a package that there is not. */
export function readHouses(page: string, names: PackageNames): readonly House[] {
  const lines = page.split('\n')
  const begin = lines.findIndex(line => line.startsWith('| package | rooms'))
  if (begin < 0) throw new Error(`${roomsPage} has no table of rooms: | package | rooms, the lowest first |`)
  const end = lines.findIndex((line, i) => i > begin && !line.startsWith('|'))
  return lines.slice(begin + 2, end < 0 ? lines.length : end).map((line, i) => {
    const [name = '', ...rooms] = [...line.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string)
    const path = names.get(name)
    if (path === undefined) throw new Error(`${roomsPage} names the package ${name}, and there is none`)
    return { path, rooms: [...new Set(rooms.map(room => room.split('/')[0] as string))], line: begin + 3 + i }
  })
}

/** The folder below `src` in which a file of a package stands; undefined for one beside the rooms or elsewhere. */
function roomOf(path: string, house: string): string | undefined {
  const base = `${house}/src/`
  const [room, ...rest] = path.startsWith(base) ? path.slice(base.length).split('/') : []
  return rest.length > 0 ? room : undefined
}

function checkFile({ path, text }: SourceFile, { path: house, rooms }: House): readonly Violation[] {
  const here = roomOf(path, house)
  if (here === undefined) return []
  const floor = rooms.indexOf(here)
  if (floor < 0) return [{ path, line: 1, message: `is in ${here}/, which the table of rooms does not name` }]
  return importsOf(text).flatMap(({ specifier, line }) => {
    const there = specifier.startsWith('.') ? roomOf(posix.join(posix.dirname(path), specifier), house) : undefined
    if (there === undefined || rooms.indexOf(there) <= floor) return []
    return [{ path, line, message: `imports ${specifier}: ${there}/ stands above ${here}/` }]
  })
}

/**
 * Holds the table of rooms: a file imports its own room, lower ones, and what stands beside the rooms. Core has a finer rule
 * of its own. A package that has rooms is in the table, and a room of the table is there.
 */
export function checkRoomOrder(files: readonly SourceFile[], houses: readonly House[]): readonly Violation[] {
  const sources = files.filter(({ path }) => !isTest(path) && !path.startsWith('packages/core/'))
  const known = new Map(houses.map(house => [house.path, house]))
  const strays = sources.filter(({ path }) => {
    const house = path.split('/', 2).join('/')
    return !known.has(house) && roomOf(path, house) !== undefined
  })
  return [
    ...strays.map(({ path }) => ({
      path,
      line: 1,
      message: 'is in a room of a package that the table of rooms does not name',
    })),
    ...houses.flatMap(house => {
      const missing = house.rooms.filter(room => !sources.some(({ path }) => roomOf(path, house.path) === room))
      const message = (room: string) => `names the room ${room}/ of ${house.path}, which is not there`
      return missing.map(room => ({ path: roomsPage, line: house.line, message: message(room) }))
    }),
    ...sources.flatMap(file => {
      const house = known.get(file.path.split('/', 2).join('/'))
      return house ? checkFile(file, house) : []
    }),
  ]
}

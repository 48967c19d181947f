import { posix } from 'node:path'
import { importsOf } from '../imports.ts'
import { isTest, type SourceFile, type Violation } from './source-file.ts'

/** Rooms that do not know each other, in whichever package they are: what both need stands below them. */
const apart: ReadonlyArray<readonly [string, string]> = [
  ['publishing', 'consuming'],
  ['sending', 'receiving'],
]

function roomOf(path: string): string | undefined {
  return /^(?:packages|apps)\/[^/]+\/src\/([^/]+)\//.exec(path)?.[1]
}

/** Keeps rooms apart that have nothing to say to each other. */
export function checkRooms({ path, text }: SourceFile): readonly Violation[] {
  if (isTest(path)) return []
  const here = roomOf(path)
  const others = apart.flatMap(([one, other]) => (here === one ? [other] : here === other ? [one] : []))
  if (others.length === 0) return []
  return importsOf(text).flatMap(({ specifier, line }) => {
    const there = specifier.startsWith('.') ? roomOf(posix.join(posix.dirname(path), specifier)) : undefined
    if (there === undefined || !others.includes(there)) return []
    return [{ path, line, message: `imports ${specifier}: ${here}/ and ${there}/ do not know each other` }]
  })
}

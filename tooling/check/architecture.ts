import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { workspacePackages } from '../workspace/packages.ts'
import { root } from '../workspace/root.ts'
import { checkCircles } from './architecture/circles.ts'
import { checkFloors, checkFloorsAreThere } from './architecture/floors.ts'
import { checkGlossary, glossaryPage, readGlossary } from './architecture/glossary.ts'
import { checkLength } from './architecture/length.ts'
import { checkNeutrality, transportNames } from './architecture/neutrality.ts'
import { checkPackageWalls, type PackageNames } from './architecture/package-walls.ts'
import { checkRoomOrder, readHouses } from './architecture/room-order.ts'
import { checkRooms } from './architecture/rooms.ts'
import type { SourceFile, Violation } from './architecture/source-file.ts'

/** Every break of the architecture's rules in these files. */
export function checkArchitecture(files: readonly SourceFile[], names: PackageNames): readonly Violation[] {
  const transports = transportNames(names)
  const ofFiles = files.flatMap(file => [
    ...checkFloors(file),
    ...checkRooms(file),
    ...checkNeutrality(file, transports),
    ...checkPackageWalls(file, names),
    ...checkLength(file),
  ])
  return [...ofFiles, ...checkCircles(files)]
}

/** Files by glob, in the order of their paths. */
function filesAt(globs: string[], base: string): readonly SourceFile[] {
  return globSync(globs, { cwd: base })
    .map(path => path.replaceAll('\\', '/'))
    .sort()
    .map(path => ({ path, text: readFileSync(join(base, path), 'utf8') }))
}

/** The sources of all packages and apps. */
export function sourceFiles(base: string = root): readonly SourceFile[] {
  return filesAt(['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'], base)
}

/** Checks the repository, and the templates that packages are made from. */
export function checkRepository(): { readonly files: number; readonly violations: readonly Violation[] } {
  const files = [...sourceFiles(), ...filesAt(['packages/*/templates/*/src/**/*.ts'], root)]
  const names = new Map(workspacePackages().map(({ manifest, path }) => [manifest.name, path]))
  const page = readFileSync(join(root, glossaryPage), 'utf8')
  const violations = [
    ...checkArchitecture(files, names),
    ...checkFloorsAreThere(files),
    ...checkRoomOrder(files, readHouses(page, names)),
    ...checkGlossary(files, readGlossary(page)),
  ]
  return { files: files.length, violations }
}

/** A violation as a line that editors can jump to. */
export function formatViolation({ path, line, message }: Violation): string {
  return `${path}:${line} ${message}`
}

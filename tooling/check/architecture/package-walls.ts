import { posix } from 'node:path'
import { importsOf } from '../imports.ts'
import { isTest, type SourceFile, type Violation } from './source-file.ts'

/** Names of the packages of the workspace, and their directories from the root. */
export type PackageNames = ReadonlyMap<string, string>

/** `packages/core` of `packages/core/src/index.ts`. */
function packageOf(path: string): string {
  return path.split('/', 2).join('/')
}

/** Apps may start real servers. It is no package, so it has no name. */
const brokers = 'tooling/brokers'

/** Whether a package is a transport. */
export function isTransport(directory: string): boolean {
  return directory.startsWith('packages/transport-') && directory !== 'packages/transport-conformance'
}

/** The name of the package that a specifier names: without what follows the second part of a scoped one. */
function nameIn(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function faultOf(from: string, specifier: string, names: PackageNames): string | undefined {
  const here = packageOf(from)
  if (specifier.startsWith('.')) {
    const there = packageOf(posix.join(posix.dirname(from), specifier))
    return there === here || (here.startsWith('apps/') && there === brokers)
      ? undefined
      : `reaches out of its package by ${specifier}: other packages are imported by name`
  }
  const there = names.get(nameIn(specifier))
  if (there === undefined || there === here) return undefined
  if (here.startsWith('packages/') && there.startsWith('apps/'))
    return `imports ${specifier}: packages never import apps`
  if (isTransport(here) && isTransport(there)) return `imports ${specifier}: transports do not know each other`
  return undefined
}

/** Keeps packages apart from apps, transports from each other, and every package within its own directory. */
export function checkPackageWalls({ path, text }: SourceFile, names: PackageNames): readonly Violation[] {
  if (isTest(path)) return []
  return importsOf(text).flatMap(({ specifier, line }) => {
    const message = faultOf(path, specifier, names)
    return message === undefined ? [] : [{ path, line, message }]
  })
}

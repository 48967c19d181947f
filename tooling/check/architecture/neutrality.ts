import { type Word, wordsOf } from '../imports.ts'
import { isTransport, type PackageNames } from './package-walls.ts'
import { isTest, type SourceFile, type Violation } from './source-file.ts'

/** Where core may speak of its own transport besides its folder: an agent that is given none uses it, and loads it. */
const namesMemory: ReadonlySet<string> = new Set([
  'packages/core/src/agent/create-agent.ts',
  'packages/core/src/registry/choose-transports.ts',
])

/** The words of an identifier: `natsSubject` is `nats subject`. */
function spoken({ kind, text }: Word): string {
  const words = kind === 'identifier' ? text.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[_$#]/g, ' ') : text
  return words.toLowerCase()
}

/** Finds the names of the transports that have packages of their own: nothing in core may depend on one of them. */
export function transportNames(names: PackageNames): RegExp {
  const transports = [...names.values()].filter(isTransport).map(path => path.replace('packages/transport-', ''))
  // `named-pipes`, `namedPipes` and `named pipe` are one name.
  const forms = transports.map(name =>
    name.includes('-') ? `${name.replaceAll('-', '[- ]?').replace(/s$/, '')}s?` : name,
  )
  return new RegExp(`(?<![a-z])(${forms.join('|')})(?![a-z])`)
}

/** No floor of core names a particular transport in code, its own folder for memory aside. Comments may. */
export function checkNeutrality({ path, text }: SourceFile, named: RegExp): readonly Violation[] {
  if (!path.startsWith('packages/core/src/') || isTest(path)) return []
  const ownFolder = path.startsWith('packages/core/src/memory/')
  return wordsOf(text).flatMap(word => {
    const transport = named.exec(spoken(word))?.[0]
    if (transport) return [{ path, line: word.line, message: `names the transport "${transport}" in code` }]
    const memory = word.kind === 'string' && word.text === 'memory' && !ownFolder && !namesMemory.has(path)
    return memory ? [{ path, line: word.line, message: 'names the transport "memory" outside of its folder' }] : []
  })
}

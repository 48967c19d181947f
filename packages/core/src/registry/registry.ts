import type { TransportDefinition } from '../contract/index.ts'
import { transportError } from '../errors/index.ts'
import { processWide } from '../kernel/index.ts'
import { requireCompatible } from './compatibility.ts'

// Two copies of core in one tree know the same transports.
const definitions = processWide<Map<string, TransportDefinition>>('transports', () => new Map())

function same(a: TransportDefinition, b: TransportDefinition): boolean {
  return a === b || (a.name === b.name && a.version === b.version && a.contract === b.contract)
}

function describe({ name, version, contract }: TransportDefinition): string {
  return `${name} ${version} (contract ${contract})`
}

/**
 * Admits a transport to this process. Registering the same one twice is harmless, also from two copies of its package.
 *
 * Throws `SM_TRANSPORT_INCOMPATIBLE` or `SM_TRANSPORT_DUPLICATE`.
 */
export function registerTransport(definition: TransportDefinition): void {
  requireCompatible(definition.name, definition.contract)
  const taken = definitions.get(definition.name)
  if (taken) {
    if (same(taken, definition)) return
    throw transportError(
      'SM_TRANSPORT_DUPLICATE',
      `The name "${definition.name}" is taken: ${describe(taken)} is registered, and ${describe(definition)} wants it too`,
      { details: { name: definition.name } },
    )
  }
  for (const scheme of definition.schemes) {
    const rival = transportForScheme(scheme)
    if (rival) {
      throw transportError(
        'SM_TRANSPORT_DUPLICATE',
        `The URL scheme "${scheme}:" is taken: ${describe(rival)} has it, and ${describe(definition)} wants it too`,
        { details: { scheme } },
      )
    }
  }
  definitions.set(definition.name, definition)
}

/** The transport registered under a name. */
export function transportNamed(name: string): TransportDefinition | undefined {
  return definitions.get(name)
}

/** The transport that is made from URLs of a scheme (without the colon). */
export function transportForScheme(scheme: string): TransportDefinition | undefined {
  for (const definition of definitions.values()) if (definition.schemes.includes(scheme)) return definition
  return undefined
}

/** Every transport registered so far, by rank. */
export function registeredTransports(): readonly TransportDefinition[] {
  return [...definitions.values()].sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name))
}

import { transportError } from '../errors/index.ts'
import type { Capabilities } from './capabilities.ts'
import { requireCompatible } from './compatibility.ts'
import type { Transport, TransportContext } from './contract.ts'
import { registerTransport } from './registry.ts'

/** What a transport package says of itself. */
export interface TransportDefinition<Options = unknown> {
  /** Lower-case name, `redis`: the key of its options and the last part of its package's name. */
  readonly name: string
  /** The contract it was built for, `major.minor`. */
  readonly contract: string
  /** Version of its package. Two registrations of one name with one version are the same transport. */
  readonly version: string
  /** Place on the ladder: of the transports that reach an address, the one with the lowest rank is taken. */
  readonly rank: number
  /** URL schemes it is made from, without the colon. */
  readonly schemes: readonly string[]
  /** What it does with default options. An instance tells its own. */
  readonly capabilities: Capabilities
  /** The names of all options, so that a slip in one is refused. Without it, none is. */
  readonly options?: { readonly [Name in keyof Required<Options>]: true }
  /** Options that stand for a URL of one of its schemes. */
  fromUrl?(url: URL): Options
  /** Makes a transport that is idle. Throws a coded error for bad options. */
  create(options: Options, context: TransportContext): Transport
}

/** A transport chosen with its options, not made yet. */
export interface TransportChoice<Options = unknown> {
  readonly definition: TransportDefinition<Options>
  readonly options: Options
}

/** Chooses a transport: `redis({ url })`. */
export type TransportFactory<Options> = {
  (options?: Options): TransportChoice<Options>
  readonly definition: TransportDefinition<Options>
}

const NAME = /^[a-z][a-z0-9-]{0,40}$/

function requireDefinition(definition: TransportDefinition): void {
  const { name, version, schemes, rank, capabilities, create, fromUrl } = definition
  const fault =
    typeof name !== 'string' || !NAME.test(name)
      ? 'its name is not lower-case letters, digits and "-"'
      : typeof create !== 'function'
        ? 'it has no create function'
        : typeof capabilities !== 'object' || capabilities === null
          ? 'it declares no capabilities'
          : typeof version !== 'string' || version === ''
            ? 'it has no version'
            : !Number.isFinite(rank)
              ? 'it has no rank'
              : !Array.isArray(schemes)
                ? 'it has no list of schemes'
                : schemes.length > 0 && typeof fromUrl !== 'function'
                  ? 'it has schemes but no fromUrl'
                  : undefined
  if (fault)
    throw transportError(
      'SM_TRANSPORT_DEFINITION',
      `The transport ${JSON.stringify(name)} is not well defined: ${fault}`,
    )
}

/**
 * Declares a transport and registers it for this process, so that importing its package is enough to use it by name.
 *
 * Throws `SM_TRANSPORT_DEFINITION`, `SM_TRANSPORT_INCOMPATIBLE` or `SM_TRANSPORT_DUPLICATE`.
 */
export function defineTransport<Options>(definition: TransportDefinition<Options>): TransportFactory<Options> {
  // First: another contract may define transports in another form.
  requireCompatible(definition.name, definition.contract)
  requireDefinition(definition as TransportDefinition)
  registerTransport(definition as TransportDefinition)
  const factory = (options?: Options) => ({ definition, options: options ?? ({} as Options) })
  return Object.assign(factory, { definition })
}

import type { Capabilities } from './capabilities.ts'
import type { Transport, TransportContext } from './transport.ts'

/** The definition of a transport, as its package gives it. */
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
  /** The capabilities with default options. An instance tells its own. */
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

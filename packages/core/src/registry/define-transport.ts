import type { TransportDefinition, TransportFactory } from '../contract/index.ts'
import { transportError } from '../errors/index.ts'
import { requireCompatible } from './compatibility.ts'
import { registerTransport } from './registry.ts'

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

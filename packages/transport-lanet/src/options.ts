import type { MeshOptions } from '@sm/mesh'
import type { DiscoveryOptions } from './discovery/options.ts'
import { lanetError } from './errors.ts'
import type { KeyOptions } from './keys/credentials.ts'
import type { RekeyOptions } from './link/sealer.ts'
import type { StrangerLimits } from './link/strangers.ts'

/** Options of the links themselves. All have defaults. */
export interface LinkOptions {
  /** Address of this machine to listen at. Default: all. */
  readonly host?: string
  /** Port to listen at. Default 0: any that is free. */
  readonly port?: number
  /** Most connections at a time that have not authenticated themselves; above it the oldest is closed. Default 256. */
  readonly maxUnauthenticated?: number
  /** The same for one address (of IPv6: one /64), where the newest is closed. Default 64. */
  readonly maxUnauthenticatedPerAddress?: number
  /** A link goes on with a new key after so many bytes. Default 1 GiB. */
  readonly rekeyBytes?: number
  /** A link goes on with a new key after so many milliseconds. Default 600,000 (10 min). */
  readonly rekeyMs?: number
}

/** Options of the Lanet transport. All have defaults. There is none that turns encryption off. */
export interface LanetTransportOptions extends KeyOptions, LinkOptions, DiscoveryOptions, MeshOptions {
  /** Largest frame, in bytes. Default 1 MiB. */
  readonly maxFrameBytes?: number
}

/** The options of the links with every default filled in. */
export interface LinkSettings extends StrangerLimits, RekeyOptions {
  readonly host: string | undefined
  readonly port: number
}

function toInteger(name: keyof LinkOptions, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value
  throw lanetError('SM_LANET_OPTIONS', `The option ${name} is not an integer of ${min} to ${max}`, {
    details: { name },
  })
}

/** Checks options and fills in the defaults. Throws `SM_LANET_OPTIONS`. */
export function toLinkSettings(options: LinkOptions): LinkSettings {
  const { host, port, maxUnauthenticated, maxUnauthenticatedPerAddress, rekeyBytes, rekeyMs } = options
  if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw lanetError('SM_LANET_OPTIONS', 'The option host is not an address', { details: { name: 'host' } })
  }
  const most = Number.MAX_SAFE_INTEGER
  return {
    host,
    port: toInteger('port', port ?? 0, 0, 65_535),
    maxUnauthenticated: toInteger('maxUnauthenticated', maxUnauthenticated ?? 256, 1, 65_536),
    maxUnauthenticatedPerAddress: toInteger(
      'maxUnauthenticatedPerAddress',
      maxUnauthenticatedPerAddress ?? 64,
      1,
      65_536,
    ),
    rekeyBytes: toInteger('rekeyBytes', rekeyBytes ?? 1_073_741_824, 1, most),
    rekeyMs: toInteger('rekeyMs', rekeyMs ?? 600_000, 1, most),
  }
}

import { type BackoffOptions, given } from '@sm/core/transport'
import { meshError } from './errors.ts'

/** Options of every mesh transport. All have defaults. */
export interface MeshOptions {
  /** Silence after which a peer is asked for a sign of life, in milliseconds. Default 1,000. */
  readonly heartbeatMs?: number
  /** Silence after which a link is given up, in milliseconds. Default 10,000. */
  readonly deadAfterMs?: number
  /** Longest handshake, in milliseconds. Default 5,000. */
  readonly handshakeMs?: number
  /** How much a peer may send to one subscription before that takes it up, in bytes. Default 1 MiB. */
  readonly windowBytes?: number
  /** Largest frame, in bytes. Default 16 MiB. */
  readonly maxFrameBytes?: number
  /** Most links, those under way included. Default 1,024. */
  readonly maxLinks?: number
  /** Most subscriptions of one peer. Default 10,000. */
  readonly maxInterests?: number
  /** How long frames wait for another member when the last of a group has died, in milliseconds. Default 10,000. */
  readonly graceMs?: number
  /** How long start waits for the peers that are there already, in milliseconds. Default 1,000. */
  readonly settleMs?: number
  /** Waits between tries to reach a peer. Default 50 ms to 5 s. */
  readonly reconnect?: Partial<BackoffOptions>
}

/** The names of {@link MeshOptions}, for `defineTransport`. */
export const meshOptionNames: { readonly [Name in keyof Required<MeshOptions>]: true } = {
  ...{ heartbeatMs: true, deadAfterMs: true, handshakeMs: true, windowBytes: true, maxFrameBytes: true },
  ...{ maxLinks: true, maxInterests: true, graceMs: true, settleMs: true, reconnect: true },
}

/** The options with every default filled in. */
export interface MeshSettings extends Required<Omit<MeshOptions, 'reconnect'>> {
  readonly reconnect: BackoffOptions
}

const defaults = {
  heartbeatMs: 1_000,
  deadAfterMs: 10_000,
  handshakeMs: 5_000,
  windowBytes: 1_048_576,
  maxFrameBytes: 16_777_216,
  maxLinks: 1_024,
  maxInterests: 10_000,
  graceMs: 10_000,
  settleMs: 1_000,
}

/** Where the wire ends: a length or a credit is at most so large. */
const most: Partial<Record<keyof typeof defaults, number>> = {
  windowBytes: 0x7fff_ffff,
  maxFrameBytes: 0x7fff_ffff,
  maxInterests: 0xffff,
}

/** Checks options and fills in the defaults. Throws `SM_MESH_OPTIONS`. */
export function toMeshSettings(options: MeshOptions): MeshSettings {
  const settings = { ...defaults }
  for (const name of Object.keys(defaults) as Array<keyof typeof defaults>) {
    const value = options[name] ?? defaults[name]
    const min = name === 'graceMs' || name === 'settleMs' ? 0 : 1
    const max = most[name] ?? Number.MAX_SAFE_INTEGER
    if (!Number.isInteger(value) || value < min || value > max) {
      throw meshError('SM_MESH_OPTIONS', `The option ${name} is not an integer of ${min} to ${max}`, {
        details: { name },
      })
    }
    settings[name] = value
  }
  if (settings.deadAfterMs < 2 * settings.heartbeatMs) {
    throw meshError('SM_MESH_OPTIONS', 'The option deadAfterMs is less than two heartbeats')
  }
  return {
    ...settings,
    reconnect: { initialMs: 50, maxMs: 5_000, factor: 2, jitter: 0.5, ...given(options.reconnect) },
  }
}

import { smError } from '@sm/core/transport'

/**
 * The form in which frames travel through a broker: as CloudEvents, which any other program can read and write, or in the compact
 * binary form of our own agents, which is smaller and costs less.
 */
export type FrameFormat = 'cloudevents' | 'compact'

/** Options that every transport with a broker has. All have defaults. */
export interface BrokeredOptions {
  /** The form of what this agent sends; it reads both at any time. Default `cloudevents`. */
  readonly format?: FrameFormat
  /** Largest frame, header and body together, in bytes. The server may set a lower limit. Default 1,048,576. */
  readonly maxFrameBytes?: number
  /** Most publishes that are under way at once; another one waits. Default 4,096. */
  readonly maxInFlight?: number
  /** Longest time that a publish at least once may take, outages of the broker included, in milliseconds. Default 30,000. */
  readonly publishTimeoutMs?: number
  /** Longest time that start() may take to connect, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number
  /** How often a silent connection is tried, in milliseconds. Default 5,000. */
  readonly heartbeatMs?: number
  /** How long a connection, or another member of a group, may be silent before it counts as dead, in milliseconds. Default 15,000. */
  readonly deadAfterMs?: number
  /** How long the queue of a subscription that is not durable outlives its last member, in milliseconds, so that one that crashed finds its frames again. Default 30,000. */
  readonly graceMs?: number
  /** How long frames of a durable subscription are kept while all its members are away, in milliseconds. Default 7 days. */
  readonly keepMs?: number
  /** Most frames that wait for one group; a publish waits while there is no room. Default 100,000. */
  readonly maxQueued?: number
  /** How soon a lost connection is tried again, in milliseconds: from the first wait to the longest, with jitter. Default 50 to 5,000. */
  readonly reconnect?: { readonly initialMs?: number; readonly maxMs?: number }
}

/** The names of {@link BrokeredOptions}, for `defineTransport`. */
export const brokeredOptionNames: { readonly [Name in keyof Required<BrokeredOptions>]: true } = {
  ...{ maxFrameBytes: true, maxInFlight: true, publishTimeoutMs: true, connectTimeoutMs: true, heartbeatMs: true },
  ...{ deadAfterMs: true, graceMs: true, keepMs: true, maxQueued: true, reconnect: true, format: true },
}

/** {@link BrokeredOptions} with every default filled in. */
export type BrokeredSettings = Required<Omit<BrokeredOptions, 'reconnect'>> & {
  readonly reconnect: { readonly initialMs: number; readonly maxMs: number }
}

const weekMs = 7 * 24 * 3_600_000
/** The longest time that a timer of Node can wait. */
const maxMs = 2 ** 31 - 1

function requireInteger(transport: string, name: string, value: unknown, most: number): void {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most) return
  const what = `The option ${name} of the transport "${transport}" is not an integer of 1 to ${most}`
  throw smError('SM_TRANSPORT_CONFIG', what, { details: { transport, option: name } })
}

function requireFormat(transport: string, format: unknown): void {
  if (format === 'cloudevents' || format === 'compact') return
  const what = `The option format of the transport "${transport}" is neither "cloudevents" nor "compact"`
  throw smError('SM_TRANSPORT_CONFIG', what, { details: { transport, option: 'format' } })
}

/** Fills in the defaults. Throws `SM_TRANSPORT_CONFIG`. */
export function toBrokeredSettings(transport: string, options: BrokeredOptions): BrokeredSettings {
  const settings: BrokeredSettings = {
    format: options.format ?? 'cloudevents',
    maxFrameBytes: options.maxFrameBytes ?? 1_048_576,
    maxInFlight: options.maxInFlight ?? 4_096,
    publishTimeoutMs: options.publishTimeoutMs ?? 30_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    heartbeatMs: options.heartbeatMs ?? 5_000,
    deadAfterMs: options.deadAfterMs ?? 15_000,
    graceMs: options.graceMs ?? 30_000,
    keepMs: options.keepMs ?? weekMs,
    maxQueued: options.maxQueued ?? 100_000,
    reconnect: { initialMs: options.reconnect?.initialMs ?? 50, maxMs: options.reconnect?.maxMs ?? 5_000 },
  }
  const { reconnect, maxFrameBytes, format, ...others } = settings
  requireFormat(transport, format)
  requireInteger(transport, 'maxFrameBytes', maxFrameBytes, 512 * 1024 * 1024)
  for (const [name, value] of Object.entries(others)) requireInteger(transport, name, value, maxMs)
  for (const [name, value] of Object.entries(reconnect)) requireInteger(transport, `reconnect.${name}`, value, maxMs)
  if (settings.deadAfterMs <= settings.heartbeatMs) {
    const what = `The option deadAfterMs of the transport "${transport}" is not longer than heartbeatMs`
    throw smError('SM_TRANSPORT_CONFIG', what, { details: { transport, option: 'deadAfterMs' } })
  }
  return settings
}

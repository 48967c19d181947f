import { type Clock, type Logger, silentLogger, systemClock } from '@sm/core/transport'
import { websocketError } from '../errors.ts'
import { requireToken } from '../protocol/proof.ts'

/** Options of a hub. All have defaults. */
export interface HubOptions {
  /**
   * The secret that agents have to prove that they know, 16 characters or more. Default none: whoever reaches the hub is let in.
   */
  readonly token?: string
  /** Web pages whose scripts may connect, such as `https://example.org`. Default none: no browser is let in. */
  readonly origins?: readonly string[]
  /** Most agents, up to 32,768. Default 1,024. */
  readonly maxGuests?: number
  /** Most connections that have not said who they are. Default 64. */
  readonly maxPending?: number
  /** Most streams of one agent: it has one for each other agent of its namespace. Default 1,024. */
  readonly maxStreams?: number
  /** How much of a stream the hub holds for a slow reader, in bytes. Default 262,144. */
  readonly windowBytes?: number
  /** Longest handshake, in milliseconds. Default 5,000. */
  readonly handshakeMs?: number
  /** Silence after which an agent is asked for a sign of life, in milliseconds. Default 5,000. */
  readonly heartbeatMs?: number
  /** Silence after which an agent counts as gone, in milliseconds. Default 15,000. */
  readonly deadAfterMs?: number
  /** Where the hub tells what goes wrong. Default nowhere. */
  readonly logger?: Logger
  /** Where time comes from. Default the system. */
  readonly clock?: Clock
}

/** {@link HubOptions} with every default filled in. */
export type HubSettings = Required<Omit<HubOptions, 'token'>> & { readonly token: string | undefined }

const numbers = {
  maxGuests: 1_024,
  maxPending: 64,
  maxStreams: 1_024,
  windowBytes: 262_144,
  handshakeMs: 5_000,
  heartbeatMs: 5_000,
  deadAfterMs: 15_000,
}

/** As many as fit into the message that tells a newcomer who is there. */
const maxGuests = 32_768

/** Checks options and fills in the defaults. Throws `SM_WEBSOCKET_OPTIONS`. */
export function toHubSettings(options: HubOptions): HubSettings {
  requireToken(options.token)
  const settings = { ...numbers }
  for (const name of Object.keys(numbers) as Array<keyof typeof numbers>) {
    const value = options[name] ?? numbers[name]
    const most = name === 'maxGuests' ? maxGuests : 0x7fff_ffff
    if (!Number.isInteger(value) || value < 1 || value > most) {
      throw websocketError('SM_WEBSOCKET_OPTIONS', `The option ${name} of a hub is no integer of 1 to ${most}`, {
        details: { option: name },
      })
    }
    settings[name] = value
  }
  const { token, origins = [], logger = silentLogger, clock = systemClock } = options
  return { ...settings, token, origins, logger, clock }
}

import type { Header, LogFields, Logger, Metrics } from '@sm/core/transport'

/** The counters of a bridge, from its start. */
export interface BridgeCounters {
  /** Messages that the far side has, each counted once. */
  readonly forwarded: number
  /** Of those: nobody on the far side subscribed. */
  readonly unheard: number
  /** Replies, and whatever else went to an instance that asked, that the near side has. */
  readonly returned: number
  /** Messages that had crossed this bridge before, or would have gone back to where they came from. */
  readonly loops: number
  /** Messages that a transform dropped. */
  readonly dropped: number
  /** Messages that became dead letters of the side that they came from. */
  readonly rejected: number
  /** Messages at most once that the other side did not take. */
  readonly lost: number
  /** Messages that lost their meaning while they waited for the other side. */
  readonly expired: number
  /** Further tries of messages at least once. */
  readonly repeated: number
  /** Messages whose marks no bridge can have written. */
  readonly badMarks: number
}

const zero: BridgeCounters = {
  ...{ forwarded: 0, unheard: 0, returned: 0, loops: 0, dropped: 0 },
  ...{ rejected: 0, lost: 0, expired: 0, repeated: 0, badMarks: 0 },
}

/** Counts what a bridge does, for `health()` and for the metrics port, and tells of what goes wrong. */
export class BridgeTally {
  readonly #bridge: string
  readonly #logger: Logger
  readonly #metrics: Metrics
  readonly #counts: { -readonly [Name in keyof BridgeCounters]: number } = { ...zero }

  constructor(bridge: string, logger: Logger, metrics: Metrics) {
    this.#bridge = bridge
    this.#logger = logger
    this.#metrics = metrics
  }

  get counters(): BridgeCounters {
    return { ...this.#counts }
  }

  /** Counts, and passes it on to the metrics port as `smartmessage.bridge.<counter>`. */
  add(counter: keyof BridgeCounters): void {
    this.#counts[counter] += 1
    this.#metrics.count(`smartmessage.bridge.${counter}`, 1, { bridge: this.#bridge })
  }

  /** Logs a line about a message: its id and type, never its payload. */
  tell(level: 'debug' | 'warn', { id, type }: Header, message: string, fields: LogFields = {}): void {
    this.#logger[level]({ bridge: this.#bridge, type, messageId: id, ...fields }, message)
  }
}

import type { Clock } from '@sm/core/transport'
import { lanetError } from '../errors.ts'
import type { Announcement, Answer, FoundBy, Probe } from './discovery.ts'

export interface ProberOptions {
  readonly clock: Clock
  readonly probe: Probe
  readonly self: Announcement
  /** A peer of this namespace has answered. */
  readonly onAnswer: (answer: Answer, address: string, by: FoundBy) => void
}

/** Asks addresses who is there. */
export class Prober {
  readonly #options: ProberOptions
  readonly #closing = new AbortController()

  constructor(options: ProberOptions) {
    this.#options = options
  }

  /** The instance at an address, which may be this side's own. Rejects with a coded error when there is none to link to. */
  async ask(address: string, by: FoundBy, timeoutMs: number): Promise<string> {
    const { clock, probe, self, onAnswer } = this.#options
    const late = new AbortController()
    const reason = () => lanetError('SM_LANET_PEER', `${address} did not answer within ${timeoutMs} ms`)
    const cancel = clock.schedule(() => late.abort(reason()), timeoutMs)
    try {
      const answer = await probe(address, AbortSignal.any([late.signal, this.#closing.signal]))
      this.#closing.signal.throwIfAborted()
      const { namespace, instance } = answer
      if (namespace !== self.namespace) {
        throw lanetError('SM_LANET_PEER', `The agent at ${address} is of the namespace ${namespace}`)
      }
      if (instance !== self.instance) onAnswer(answer, address, by)
      return instance
    } finally {
      cancel()
    }
  }

  close(): void {
    this.#closing.abort()
  }
}

/** Whether an error says that nobody listens at an address, rather than that it could not be reached. */
export function isRefusal(error: unknown): boolean {
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < 5; depth++) {
    const { code, cause, errors } = at as { code?: unknown; cause?: unknown; errors?: readonly unknown[] }
    if (code === 'ECONNREFUSED') return true
    if (Array.isArray(errors) && errors.length > 0) return errors.every(isRefusal)
    at = cause
  }
  return false
}

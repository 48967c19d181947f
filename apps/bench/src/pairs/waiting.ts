import type { Sample } from '../payload.ts'

/** Requests that wait for the reply of their number. */
export class Waiting {
  readonly #resolvers = new Map<number, (sample: Sample) => void>()

  /** Sends a request, and resolves with its reply. */
  ask(sample: Sample, send: (sample: Sample) => void): Promise<Sample> {
    return new Promise(resolve => {
      this.#resolvers.set(sample.seq, resolve)
      send(sample)
    })
  }

  readonly answered = (reply: Sample): void => {
    this.#resolvers.get(reply.seq)?.(reply)
    this.#resolvers.delete(reply.seq)
  }
}

import { bodyOf, type Sample } from './payload.ts'
import type { Contender } from './scenario.ts'

/** A system that answers each sample with a copy of it. */
export interface RoundTrip {
  request(sample: Sample): Promise<Sample>
  close(): Promise<void>
}

/** Sets a system up. */
export type OpenRoundTrip = () => Promise<RoundTrip>

export interface RoundTripOptions {
  readonly bodyBytes: number
  /** How many requests await their replies at any moment. */
  readonly inFlight: number
}

/** Requests, and checks that each reply belongs to its request. */
export async function roundTrip(open: OpenRoundTrip, options: RoundTripOptions): Promise<Contender> {
  const body = bodyOf(options.bodyBytes)
  const system = await open()
  return {
    async run(ops, latenciesUs) {
      let next = 0
      const ts = Date.now()
      const worker = async () => {
        while (next < ops) {
          const seq = next++
          const start = latenciesUs ? performance.now() : 0
          const reply = await system.request({ seq, ts, body })
          if (latenciesUs) latenciesUs[seq] = (performance.now() - start) * 1_000
          if (reply.seq !== seq) throw new Error(`The reply to ${seq} was that to ${reply.seq}`)
        }
      }
      await Promise.all(Array.from({ length: options.inFlight }, worker))
      return undefined
    },
    close: () => system.close(),
  }
}

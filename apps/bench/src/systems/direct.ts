import type { OpenOneWay } from '../one-way.ts'
import type { Sample } from '../payload.ts'
import type { OpenRoundTrip } from '../round-trip.ts'

const nothing = async () => {}

/** The handlers themselves, called by the publisher: what no library can beat. */
export const directOneWay: OpenOneWay = async (handle, subscribers) => {
  const handlers = Array.from({ length: subscribers }, () => (sample: Sample) => handle(sample))
  return {
    publish(sample) {
      for (const handler of handlers) handler(sample)
      return undefined
    },
    close: nothing,
  }
}

/** An async function, awaited. */
export const directRoundTrip: OpenRoundTrip = async () => {
  return { request: async ({ seq, ts, body }) => ({ seq, ts, body }), close: nothing }
}

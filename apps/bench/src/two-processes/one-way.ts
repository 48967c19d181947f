import { openPair, type PairName } from '../pairs/index.ts'
import { bodyOf } from '../payload.ts'
import type { Contender } from '../scenario.ts'
import { Meeting } from './meeting.ts'

export interface OneWayPairOptions {
  readonly bodyBytes: number
  /** Each of so many far processes gets a copy. */
  readonly subscribers: number
}

/** The most that a publisher may have under way: so many messages, or so many bytes if that is less. */
const maxInFlight = 1_000
const maxInFlightBytes = 16 * 1_048_576

/** Publishes from this process; the far ends count what they handle. */
export async function oneWayPair(name: PairName, options: OneWayPairOptions): Promise<Contender> {
  const { bodyBytes, subscribers } = options
  const body = bodyOf(bodyBytes)
  const pair = await openPair(name)
  const meeting = await Meeting.start(name, 'receive', subscribers)
  const system = await pair.send(meeting.place)
  const window = system.window ?? Math.max(1, Math.min(maxInFlight, Math.floor(maxInFlightBytes / bodyBytes)))
  // To await every publish would cost more than some of them do: it is looked at a few times per window.
  const step = Math.max(1, window >> 4)
  return {
    async run(ops) {
      await meeting.begin(ops)
      const ts = Date.now()
      const underWay: Promise<unknown>[] = []
      for (let seq = 0; seq < ops; seq++) {
        const published = system.publish({ seq, ts, body })
        if (!published || seq % step !== 0) continue
        underWay.push(published)
        if (underWay.length * step >= window) await underWay.shift()
      }
      await Promise.all(underWay)
      return meeting.finish((ops * (ops - 1)) / 2)
    },
    farPids: meeting.pids,
    profileFar: () => meeting.profile(),
    async close() {
      await system.close()
      await meeting.close()
    },
  }
}

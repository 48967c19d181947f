import { openPair, type PairName } from '../pairs/index.ts'
import { type RoundTripOptions, roundTrip } from '../round-trip.ts'
import type { Contender } from '../scenario.ts'
import { Meeting } from './meeting.ts'

/** Asks from this process; a far one answers. */
export async function roundTripPair(name: PairName, options: RoundTripOptions): Promise<Contender> {
  const pair = await openPair(name)
  const meeting = await Meeting.start(name, 'answer', 1)
  const asking = await roundTrip(() => pair.ask(meeting.place), options)
  return {
    async run(ops, latenciesUs) {
      await meeting.begin(0)
      await asking.run(ops, latenciesUs)
      return meeting.finish()
    },
    profileFar: () => meeting.profile(),
    async close() {
      await asking.close()
      await meeting.close()
    },
  }
}

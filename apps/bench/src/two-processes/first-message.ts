import { openPair, type PairName } from '../pairs/index.ts'
import { bodyOf } from '../payload.ts'
import type { Contender } from '../scenario.ts'
import { Meeting } from './meeting.ts'

/** From nothing to the first reply of a far end that waits: each operation sets the near end up, asks once, and leaves. */
export async function firstMessage(name: PairName, { bodyBytes }: { readonly bodyBytes: number }): Promise<Contender> {
  const body = bodyOf(bodyBytes)
  const pair = await openPair(name)
  const meeting = await Meeting.start(name, 'answer', 1)
  return {
    async run(ops, latenciesUs) {
      await meeting.begin(0)
      for (let seq = 0; seq < ops; seq++) {
        const start = performance.now()
        const asking = await pair.ask(meeting.place)
        await asking.request({ seq, ts: Date.now(), body })
        if (latenciesUs) latenciesUs[seq] = (performance.now() - start) * 1_000
        await asking.close()
      }
      return meeting.finish()
    },
    close: () => meeting.close(),
  }
}

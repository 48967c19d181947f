import type { History } from '../history/history.ts'
import { atMostOnce } from './at-most-once.ts'
import { boundedQueues } from './bounded-queues.ts'
import { directoryConverges } from './directory-converges.ts'
import { everyPublishEnds } from './every-publish-ends.ts'
import { failedMeansNobody } from './failed-means-nobody.ts'
import { keyOrder } from './key-order.ts'
import { noRepeatWhenCalm } from './no-repeat-when-calm.ts'
import { nothingLost } from './nothing-lost.ts'
import { nothingTwice } from './nothing-twice.ts'
import { oneWire } from './one-wire.ts'
import type { Invariant, Violation } from './violation.ts'

/** The rules that every run must keep. */
const invariants: readonly Invariant[] = [
  nothingLost,
  nothingTwice,
  oneWire,
  noRepeatWhenCalm,
  atMostOnce,
  everyPublishEnds,
  failedMeansNobody,
  keyOrder,
  boundedQueues,
  directoryConverges,
]

/** All that a history breaks. */
export function violationsOf(history: History): readonly Violation[] {
  return invariants.flatMap(invariant => invariant(history))
}

import { type Clock, sleep } from '@sm/core/transport'
import type { Pulls } from './pulls.ts'

const pauseMs = 500
/** How often it is looked at most: frames in the hands of members are in the queue too. */
const mostLooks = 60

/**
 * A server that was killed may find frames among those to be delivered again that are acked and gone. nats-server 2.9 stops
 * delivering at each of them until it is asked anew: so it is asked anew, many times a second, until nothing is left in the queue.
 */
export async function redeliverStalled({ pulls, clock, queued, isOver }: StalledRedeliveryDeps): Promise<void> {
  pulls.isHurried = true
  try {
    for (let looks = 0; looks < mostLooks; looks++) {
      await sleep(clock, pauseMs)
      if (isOver() || (await queued()) === 0) break
    }
  } catch {
    // The connection is lost, or the consumer is gone: both begin anew.
  }
  pulls.isHurried = false
}

export interface StalledRedeliveryDeps {
  readonly pulls: Pulls
  readonly clock: Clock
  /** How many frames are in the queue, those in the hands of members among them. Rejects when that cannot be found out. */
  readonly queued: () => Promise<number>
  /** Whether the requests belong to the past. */
  readonly isOver: () => boolean
}

import type { Clock } from '@sm/core/transport'

/** How to look into a quorum queue. */
export interface QuorumLook {
  /** How many frames wait in it, as the broker counts them. */
  readonly ask: () => Promise<number>
  /** Whether a frame can be taken from it; the frame stays. */
  readonly hasFrame: () => Promise<boolean>
}

/**
 * RabbitMQ says of a quorum queue that it is empty when its leader does not answer within 250 ms (`rabbit_quorum_queue:stat/1`): what
 * was answered sooner is none of these. A little is left for clocks that differ.
 */
const sureMs = 200
/** How often it is asked again. On a line that is as slow as that each answer is in doubt. */
const mostLooks = 4

/** How many frames wait in a quorum queue, at least: a leader that is busy is not taken for an empty queue. */
export async function quorumFrames({ ask, hasFrame }: QuorumLook, clock: Clock): Promise<number> {
  for (let looks = 1; looks <= mostLooks; looks++) {
    const asked = clock.elapsed()
    const frames = await ask()
    if (frames > 0 || clock.elapsed() - asked < sureMs) return frames
  }
  // Only the leader hands out frames, however long it takes.
  return (await hasFrame()) ? 1 : 0
}

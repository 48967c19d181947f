import { JetStreamApiCodes, type JetStreamManager } from '@nats-io/jetstream'
import { type Clock, sleep } from '@sm/core/transport'
import { type Groups, queued } from '../groups/groups.ts'
import type { Session } from '../session.ts'
import { hasApiCode } from '../streams/api-errors.ts'
import type { Names } from '../wire/names.ts'

interface Membership {
  /** The name of the consumer. */
  readonly name: string
  readonly names: Names
  readonly session: Session
  readonly manager: JetStreamManager
}

/** Acks take a moment to be counted. */
const countMs = 10
const counts = 10

/**
 * Whether a member that takes its leave, and is not listed any more, has nothing left to do: others go on, or nothing is left that
 * only it could handle. False also when that cannot be found out at the moment.
 */
export async function isOver({ name, names, session, manager }: Membership): Promise<boolean> {
  try {
    if (!(await session.nobodyAt(names.members(name)))) return true
    return queued(await manager.consumers.info(names.stream, name)) === 0
  } catch (error) {
    return hasApiCode(error, JetStreamApiCodes.ConsumerNotFound)
  }
}

/** Removes the consumer of a group that is not durable when its last member leaves and nothing is left in it. */
export async function leave(
  membership: Membership & { readonly groups: Groups; readonly clock: Clock },
): Promise<void> {
  const { name, names, groups, session, manager, clock } = membership
  let stays = true
  try {
    // Said first: whoever joins from now on waits until it is known how this ends.
    groups.announce({ event: 'ending', name })
    if (!(await session.nobodyAt(names.members(name)))) return
    let info = await manager.consumers.info(names.stream, name)
    for (let i = 0; i < counts && info.num_pending === 0 && info.num_ack_pending > 0; i++) {
      await sleep(clock, countMs)
      info = await manager.consumers.info(names.stream, name)
    }
    // Frames that are left may be handled by a member that comes back within the grace.
    if (queued(info) > 0) return
    await manager.consumers.delete(names.stream, name)
    stays = false
    groups.announce({ event: 'ended', name, until: info.delivered.stream_seq })
    await session.flush()
  } catch {
    // The server removes a consumer that nobody uses: what failed here is done a little later.
  } finally {
    if (stays) groups.announce({ event: 'stays', name })
  }
}

import type { Readable } from '../connection/stream-reader.ts'
import type { Membership } from '../groups/membership.ts'
import type { Session } from '../session.ts'
import type { Intake } from './intake.ts'

/** Takes over what is in the hands of nobody, before anything new is read: oldest first, as far as there is room. */
export class Claims {
  readonly #deps: ClaimsDeps
  #session: Session | undefined
  #again = false
  #onRoom: (() => void) | undefined

  constructor(deps: ClaimsDeps) {
    this.#deps = deps
  }

  /** There is something to claim. */
  start(session: Session): void {
    this.#again = true
    if (this.#session !== session) void this.#run(session)
  }

  /** There is room, or an end. */
  go(): void {
    this.#onRoom?.()
  }

  async #run(session: Session): Promise<void> {
    const { queue, isWanted, onFault } = this.#deps
    this.#session = session
    try {
      await session.reader.remove(queue)
      while (this.#again && isWanted(session)) {
        this.#again = false
        if (await this.#claim(session)) this.#again = true
      }
    } catch (error) {
      // The next heartbeat finds them again.
      if (!session.isOver) onFault(session, error)
    } finally {
      if (this.#session === session) this.#session = undefined
      if (isWanted(session)) session.reader.add(queue)
    }
  }

  /** True when more is left. */
  async #claim(session: Session): Promise<boolean> {
    const { intake, membership } = this.#deps
    const { room } = intake
    if (room === 0) {
      await new Promise<void>(resolve => {
        this.#onRoom = resolve
      })
      this.#onRoom = undefined
      return true
    }
    const { more, claimed } = await membership.claim(session, room)
    for (const { id, deliveries, fields } of claimed) intake.take(id, fields, deliveries + 1)
    return more
  }
}

/** Dependencies of the claims. */
export interface ClaimsDeps {
  readonly queue: Readable
  readonly intake: Intake
  readonly membership: Membership
  /** Whether the queue is to be read in this session. */
  readonly isWanted: (session: Session) => boolean
  readonly onFault: (session: Session, error: unknown) => void
}

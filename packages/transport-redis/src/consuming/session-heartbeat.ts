import type { BrokeredSettings } from '@sm/brokered'
import type { Cancel, Clock, Random } from '@sm/core/transport'
import { fromDriver } from '../errors.ts'
import { freshVersion, lastsMs, sharedMs } from '../groups/membership.ts'
import type { Session } from '../session.ts'
import type { Names } from '../wire/names.ts'
import { dropScript, heartbeatScript } from '../wire/scripts/index.ts'
import type { Queue } from './queue.ts'

/** Most queues that one heartbeat speaks for. */
const chunk = 100

/** How often it is looked whether those are there to whom messages at most once were left, in milliseconds. */
const lookMs = 1_000

/**
 * Shows in one session that this side is alive, and looks after what others have left: members that are silent, frames
 * that are due, queues whose time is over.
 */
export class SessionHeartbeat {
  readonly #deps: SessionHeartbeatDeps
  readonly #session: Session
  /** Until then nobody is buried: after an outage others need time to come back, too. */
  readonly #buriesAt: number
  #cancel: Cancel | undefined
  #cancelLook: Cancel | undefined

  constructor(deps: SessionHeartbeatDeps, session: Session, patienceMs: number) {
    this.#deps = deps
    this.#session = session
    this.#buriesAt = deps.clock.elapsed() + patienceMs
  }

  start(): void {
    this.#lookLater()
    this.#beatLater()
  }

  #beatLater(): void {
    const { clock, settings } = this.#deps
    this.#cancel = clock.schedule(() => {
      void this.beat().then(() => {
        if (!this.#session.isOver) this.#beatLater()
      })
    }, settings.heartbeatMs)
  }

  stop(): void {
    this.#cancel?.()
    this.#cancelLook?.()
  }

  /** Notices members that were killed long before they would count as silent. */
  #lookLater(): void {
    const { clock, settings, queues, onFault } = this.#deps
    const session = this.#session
    const look = async () => {
      try {
        for (const queue of queues()) await queue.checkTurns(session)
      } catch (error) {
        if (!session.isOver) onFault(fromDriver(error, session.commands.where, 'look for members that have ended'))
      }
      if (!session.isOver) this.#lookLater()
    }
    this.#cancelLook = clock.schedule(() => void look(), Math.min(lookMs, settings.heartbeatMs))
  }

  /** One heartbeat. Never rejects. */
  async beat(): Promise<void> {
    const queues = [...this.#deps.queues()].filter(({ sign }) => sign !== undefined)
    try {
      // At least one: it also keeps up what belongs to no queue.
      for (let i = 0; i === 0 || i < queues.length; i += chunk) await this.#beatTogether(queues.slice(i, i + chunk))
    } catch (error) {
      const { isOver, commands } = this.#session
      if (!isOver) this.#deps.onFault(fromDriver(error, commands.where, 'take a heartbeat'))
    }
  }

  /** One queue that somebody has broken on the server must not let the others die. */
  async #beatTogether(queues: readonly Queue[]): Promise<void> {
    try {
      await this.#beat(queues)
    } catch (error) {
      if (this.#session.isOver || queues.length < 2) throw error
      for (const queue of queues) {
        await this.#beat([queue]).catch(fault => {
          if (!this.#session.isOver) queue.broken(fault)
        })
      }
    }
  }

  /** Removes a queue that may be there no more. */
  async drop(name: string): Promise<void> {
    const { names, settings, random } = this.#deps
    const { version, bindings, leases, durable, control } = names
    const keys = [version, bindings, leases, durable, names.queue(name), names.members(name), names.delayed(name)]
    await this.#session.run(dropScript, keys, [name, control, sharedMs(settings, false), freshVersion(random)])
  }

  async #beat(queues: readonly Queue[]): Promise<void> {
    const { names, clock, settings, instance } = this.#deps
    const session = this.#session
    const { version, bindings, leases, durable, control } = names
    const signs = queues.map(({ sign }) => sign)
    const isDurable = queues.some(queue => queue.isDurable)
    const [found, expired] = (await session.run(
      heartbeatScript,
      [
        ...[version, bindings, leases, durable, names.producer(instance), names.wake(instance)],
        ...queues.flatMap(({ name }) => [names.queue(name), names.members(name), names.delayed(name)]),
      ],
      [
        ...[session.member, control, settings.deadAfterMs, lastsMs(settings), settings.keepMs],
        ...[
          sharedMs(settings, isDurable),
          clock.elapsed() >= this.#buriesAt ? '1' : '0',
          session.hasStreams ? '1' : '0',
        ],
        ...queues.flatMap(({ name }, i) => [name, signs[i] as string]),
      ],
    )) as readonly [readonly number[], readonly Buffer[]]
    for (const [i, queue] of queues.entries()) {
      // Its sign may have changed while the heartbeat was under way.
      if (found[i] === 2 && queue.sign === signs[i]) await queue.rejoin(session)
      else if (found[i] === 1) queue.orphaned()
    }
    for (const name of expired) await this.drop(name.toString('latin1'))
  }
}

/** Dependencies of the heartbeat of a session. */
export interface SessionHeartbeatDeps {
  readonly names: Names
  readonly clock: Clock
  readonly random: Random
  readonly instance: string
  readonly settings: BrokeredSettings
  readonly queues: () => Iterable<Queue>
  readonly onFault: (error: unknown) => void
}

import type { Entry } from './entry.ts'
import type { LocalSubscription, Origin } from './local-subscription.ts'
import type { Member } from './member.ts'

/** Most frames of this transport itself that wait for one of its own consumers. */
const maxOwnFrames = 1_024

/** A consumer of this very transport: frames reach it without a wire. */
export class LocalMember implements Member {
  readonly name: string
  readonly instance: string
  readonly #subscription: LocalSubscription
  readonly #onRoom: () => void
  #queued = 0

  constructor(agent: string, instance: string, subscription: LocalSubscription, onRoom: () => void) {
    this.name = `${agent}/${instance}`
    this.instance = instance
    this.#subscription = subscription
    this.#onRoom = onRoom
  }

  get room(): number {
    return maxOwnFrames - this.#queued
  }

  send(entry: Entry): void {
    this.#queued += 1
    entry.sent = true
    const origin: Origin = {
      settle: () => entry.done(),
      nack: delayMs => entry.group.returned(entry, delayMs),
      consumed: () => {
        this.#queued -= 1
        this.#onRoom()
      },
    }
    const { frame, attempt } = entry
    entry.accepted()
    // Not within the publish: a handler must not run inside the call of who publishes.
    queueMicrotask(() => this.#subscription.push({ origin, attempt, frame }))
  }
}

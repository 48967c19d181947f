import { frameBytes } from '@sm/core/transport'
import { costOf } from '../wire/packets/packet.ts'
import type { FrameCopy } from './frame-copy.ts'
import type { Incoming, LocalSubscription } from './local-subscription.ts'
import type { Member } from './member.ts'

/**
 * A consumer of this very transport: frames reach it without a wire. Its room is reckoned as that of its siblings at the
 * end of links, grants in quarters included, so that all of them get their share.
 */
export class LocalMember implements Member {
  readonly name: string
  readonly instance: string
  readonly #subscription: LocalSubscription
  readonly #windowBytes: number
  readonly #onRoom: () => void
  #room: number
  #consumed = 0

  constructor(
    agent: string,
    instance: string,
    subscription: LocalSubscription,
    windowBytes: number,
    onRoom: () => void,
  ) {
    this.name = `${agent}/${instance}`
    this.instance = instance
    this.#subscription = subscription
    this.#windowBytes = windowBytes
    this.#room = windowBytes
    this.#onRoom = onRoom
  }

  get room(): number {
    return this.#room
  }

  send(copy: FrameCopy): void {
    const { frame, attempt } = copy
    const cost = costOf(frameBytes(frame))
    this.#room -= cost
    copy.sent()
    copy.accepted()
    const incoming: Incoming = {
      source: undefined,
      attempt,
      frame,
      lost: false,
      settle: () => copy.done(),
      nack: (delayMs, begun) => copy.group.returned(copy, delayMs, begun),
      ageMs: () => undefined,
      consumed: () => this.#grant(cost),
    }
    // Not within the publish: a handler must not run inside the call of who publishes.
    queueMicrotask(() => this.#subscription.push(incoming))
  }

  #grant(cost: number): void {
    this.#consumed += cost
    if (this.#consumed < this.#windowBytes / 4) return
    this.#room += this.#consumed
    this.#consumed = 0
    this.#onRoom()
  }
}

import {
  type Address,
  type Delivery,
  type Frame,
  formatAddress,
  isPromise,
  type MaybePromise,
  toInboxAddress,
} from '@sm/core/transport'
import { bridgeError } from '../errors.ts'
import { type AtLeastOnceDeps, prepareAtLeastOnce } from './at-least-once-message.ts'
import { prepareAtMostOnce } from './at-most-once-message.ts'
import { hasPassed, isReturn, type Marks, type Passage, readMarks, withPassage } from './marks.ts'
import { handBack, OtherSide, type OtherSideDeps, type Passing } from './other-side.ts'
import { type Prepared, SenderLanes } from './sender-lanes.ts'
import type { Transformer } from './transformer.ts'

/** How soon a message comes back at which the bridge itself failed, in milliseconds. */
const afterFaultMs = 1_000

/** One direction of a bridge: takes deliveries of one wire, and publishes them on the other as they are. */
export class Crossing {
  readonly #deps: CrossingDeps
  readonly #side: OtherSide
  readonly #lanes: SenderLanes

  constructor(deps: CrossingDeps) {
    this.#deps = deps
    this.#side = new OtherSide(deps)
    this.#lanes = new SenderLanes(deps.maxInFlight)
  }

  /** Senders of which a message is under way. */
  get busySenders(): number {
    return this.#lanes.busy
  }

  /** Takes a delivery, and settles it once it is known what became of it. Does not throw. */
  take(delivery: Delivery, address: Address): void {
    const { header } = delivery.frame
    const { passage, toWire, maxHops, tally } = this.#deps
    const marks = readMarks(header)
    if (marks.malformed) tally.add('badMarks')
    if (hasPassed(marks, passage.bridge, toWire)) {
      tally.add('loops')
      // In the other direction that is as it should be. In this one, both sides are one wire, or others lead back.
      if (isReturn(marks, passage))
        tally.tell('warn', header, 'A message has come back to a bridge that it had crossed')
      else tally.tell('debug', header, 'A message would go back to where it came from')
      delivery.ack()
      return
    }
    const passing = { delivery, frame: delivery.frame, address }
    if (marks.hops >= maxHops) {
      const what = `${header.type} has crossed ${marks.hops} bridges, and may cross ${maxHops}`
      this.#side.reject(passing, bridgeError('SM_BRIDGE_HOPS', what))
      return
    }
    // What goes to one inbox holds up nothing that goes elsewhere.
    const lane = address.kind === 'inbox' ? `${header.from} ${formatAddress(address)}` : header.from
    this.#lanes.add(lane, () => this.#guarded(passing, marks))
  }

  /** A fault of the bridge must neither end the lane nor lose the message. */
  #guarded(passing: Passing, marks: Marks): MaybePromise<Prepared | undefined> {
    const { delivery, frame } = passing
    const fault = (error: unknown) => {
      this.#deps.tally.tell('warn', frame.header, 'A bridge failed at a message', { error })
      delivery.nack({ delayMs: afterFaultMs })
      return undefined
    }
    try {
      const prepared = this.#prepare(passing, marks)
      return isPromise(prepared) ? prepared.catch(fault) : prepared
    } catch (error) {
      return fault(error)
    }
  }

  #prepare(passing: Passing, marks: Marks): MaybePromise<Prepared | undefined> {
    const { ended, transformer } = this.#deps
    if (ended.aborted) return handBack(passing.delivery)
    return transformer ? this.#transformed(passing, transformer, marks) : this.#marked(passing, marks)
  }

  async #transformed(passing: Passing, transformer: Transformer, marks: Marks): Promise<Prepared | undefined> {
    const { delivery, frame, address } = passing
    let made: Frame | undefined
    try {
      made = await transformer.run(frame)
    } catch (error) {
      return this.#deps.ended.aborted ? handBack(delivery) : this.#side.reject(passing, error)
    }
    if (made) return this.#marked({ delivery, frame: made, address: readdressed(frame, made, address) }, marks)
    this.#deps.tally.add('dropped')
    delivery.ack()
    return undefined
  }

  #marked(passing: Passing, marks: Marks): MaybePromise<Prepared | undefined> {
    const { frame } = passing
    const header = withPassage(frame.header, marks, this.#deps.passage)
    if (!header) {
      const what = `${frame.header.type} has no room for the marks of a bridge`
      return this.#side.reject(passing, bridgeError('SM_BRIDGE_MARKS', what))
    }
    const marked = { ...passing, frame: { header, body: frame.body } }
    return header.delivery === 'at-most-once'
      ? prepareAtMostOnce(marked, this.#side)
      : prepareAtLeastOnce(marked, this.#side, this.#deps)
  }
}

/** Where a message goes that a transform has changed. */
function readdressed(came: Frame, goes: Frame, address: Address): Address {
  const { to, type } = goes.header
  if (to !== undefined && to !== came.header.to) return toInboxAddress(to)
  return address.kind === 'topic' && type !== came.header.type ? { kind: 'topic', topic: type } : address
}

/** What one direction of a bridge needs. */
export interface CrossingDeps extends OtherSideDeps, AtLeastOnceDeps {
  /** What marks the wire that messages go to. */
  readonly toWire: string
  /** The mark that messages get. */
  readonly passage: Passage
  readonly maxHops: number
  /** Most messages of one sender, sent at least once, that are under way at once. */
  readonly maxInFlight: number
  readonly transformer?: Transformer | undefined
}

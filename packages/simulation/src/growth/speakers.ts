import type { Agent } from '@sm/core'
import {
  type Clock,
  decodeFrame,
  encodeFrame,
  type Frame,
  fraction,
  parseAgentRef,
  type Random,
} from '@sm/core/transport'
import type { BrokerSession } from '../broker/broker-session.ts'
import { presenceTimes } from '../invariants/directory-converges.ts'
import type { CountingBroker } from './counting-broker.ts'
import { type Word, withWord, wordOf } from './word.ts'

/** The topic on which agents speak to all; to one of them with a dot and its instance. */
const toAll = 'sm.presence'
/** What is asked of one is answered by that one, whatever its rank. */
const directTries = 32

/**
 * The agents of a fleet that only speak. Each is made by `createAgent` as the others are, and its words are its own until it has
 * said for the first time that it is still there. From then on they are repeated for it: that it is there as often as the size of the
 * fleet asks for, and its card to whoever asks for that. Where one of them would answer a newcomer, one that hears is asked.
 */
export class Speakers {
  readonly #deps: SpeakersDeps
  /** What each has said of itself last. */
  readonly #cards = new Map<string, Frame>()
  #ids = 0

  constructor(deps: SpeakersDeps) {
    this.#deps = deps
  }

  /** One of them has said who it is. */
  introduced(frame: Frame): void {
    this.#cards.set(instanceOf(frame), frame)
  }

  /** Says again and again that one of them is there, as it has said itself. */
  goOn(frame: Frame): void {
    const { clock, random } = this.#deps
    const { spread } = presenceTimes
    this.#say(toAll, frame, wordOf(frame))
    clock.schedule(() => this.goOn(frame), this.#periodMs * (2 - spread + 2 * (spread - 1) * fraction(random)))
  }

  /** Somebody has spoken. */
  heard(topic: string, bytes: Uint8Array): void {
    if (this.#cards.size === 0) return
    const to = topic.slice(toAll.length + 1)
    const card = this.#cards.get(to)
    if (to !== '' && !card) return
    const frame = decodeFrame(bytes)
    const asker = instanceOf(frame)
    if (this.#cards.has(asker)) return
    const { ask, want, ...word } = wordOf(frame)
    if (card && want) this.#say(`${toAll}.${asker}`, card, wordOf(card))
    const { random, fleet } = this.#deps
    if (!ask || (to === '' && fraction(random) >= this.#cards.size / (fleet.size - 1))) return
    const other = this.#standIn(asker)
    const question = { ...word, is: 'ask', ask: { ...ask, tries: directTries } }
    if (other !== undefined) this.#send(`${toAll}.${other}`, frame, { ...question, seq: word.seq + 1 })
  }

  /** One that hears, other than the one that asks. */
  #standIn(asker: string): string | undefined {
    const others = this.#deps.fleet.agents.filter(({ instance }) => instance !== asker)
    return others[Math.floor(fraction(this.#deps.random) * others.length)]?.instance
  }

  /** Says something as it was said before, only now. */
  #say(topic: string, frame: Frame, { ask: _, ...word }: Word): void {
    const ttlMs = presenceTimes.heldPeriods * this.#periodMs
    this.#send(topic, frame, { ...word, seq: this.#deps.clock.now(), ttlMs })
  }

  #send(topic: string, frame: Frame, word: Word): void {
    this.#ids += 1
    const said = withWord(frame, `${frame.header.id}-${this.#ids}`, word)
    const { namespace, broker } = this.#deps
    const packet = { kind: 'publish', number: 0, id: said.header.id, namespace, kept: false } as const
    // What is sent at most once is answered to nobody, so that it needs no connection.
    const session = { isEnded: true } as BrokerSession
    broker().publish({ ...packet, address: { kind: 'topic', topic }, bytes: encodeFrame(said) }, session)
  }

  get #periodMs(): number {
    const { minPeriodMs, periodPerInstanceMs } = presenceTimes
    return Math.max(minPeriodMs, (this.#deps.fleet.size - 1) * periodPerInstanceMs)
  }
}

function instanceOf({ header }: Frame): string {
  return parseAgentRef(header.from).instance ?? ''
}

/** Dependencies of those who only speak. */
export interface SpeakersDeps {
  readonly clock: Clock
  readonly random: Random
  readonly namespace: string
  readonly broker: () => CountingBroker
  /** All of the fleet, and those of it that hear. */
  readonly fleet: { readonly size: number; readonly agents: readonly Agent[] }
}

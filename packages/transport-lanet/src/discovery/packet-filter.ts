import type { Cancel, Clock, Random } from '@sm/core/transport'
import { fraction } from '@sm/core/transport'

/** How long the same answer is not read again, in milliseconds: it comes once per interface, and once per question. */
const sameAnswerMs = 1_000

/** How long questions are collected before they are answered together, in milliseconds, and how much of it is chance. */
const collectMs = { least: 5, chance: 10 }

/** Most packets that are remembered or collected. */
const maxKept = 1_024

export interface PacketFilterOptions {
  readonly clock: Clock
  readonly random: Random
  /** Texts of which one must stand in a question for it to concern this side. */
  readonly asked: readonly string[]
  /** A text that must stand in an answer. */
  readonly answered: string
  readonly pass: (packet: Buffer, from: Heard) => void
}

/** Whom a packet came from, and over which interface. */
export interface Heard {
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  readonly port: number
  readonly size: number
  readonly scope: string
}

/**
 * Keeps from the parser what is not worth parsing. A LAN is full of multicast DNS that concerns others; and with many
 * agents on several interfaces, each question comes many times and each answer too. Questions of a moment are passed on
 * as one, a little later, so that they are answered once.
 */
export class PacketFilter {
  readonly #options: PacketFilterOptions
  readonly #answers = new Map<string, number>()
  #questions = new Map<string, Heard>()
  #timer: Cancel | undefined
  /** When somebody, this side included, last asked for what {@link PacketFilterOptions.asked} names first. */
  askedAt = Number.NEGATIVE_INFINITY

  constructor(options: PacketFilterOptions) {
    this.#options = options
  }

  take(packet: Buffer, from: Heard): void {
    if (packet.length < 12) return
    const isAnswer = ((packet[2] as number) & 0x80) !== 0
    if (isAnswer) this.#answer(packet, from)
    else this.#question(packet, from)
  }

  /** The next answer is read again, whoever gave it before. */
  reset(): void {
    this.#answers.clear()
  }

  close(): void {
    this.#timer?.()
    this.#questions.clear()
  }

  #answer(packet: Buffer, from: Heard): void {
    if (!packet.includes(this.#options.answered)) return
    const now = this.#options.clock.elapsed()
    const key = packet.toString('latin1')
    const readAt = this.#answers.get(key)
    if (readAt !== undefined && now - readAt < sameAnswerMs) return
    if (this.#answers.size >= maxKept) this.#answers.clear()
    this.#answers.set(key, now)
    this.#options.pass(packet, from)
  }

  #question(packet: Buffer, from: Heard): void {
    const { asked, clock, random } = this.#options
    const named = asked.findIndex(text => packet.includes(text))
    if (named < 0) return
    if (named === 0) this.askedAt = clock.elapsed()
    if (this.#questions.size < maxKept) this.#questions.set(packet.toString('latin1'), from)
    this.#timer ??= clock.schedule(
      () => {
        const questions = this.#questions
        this.#timer = undefined
        this.#questions = new Map()
        for (const [key, heard] of questions) this.#options.pass(Buffer.from(key, 'latin1'), heard)
      },
      collectMs.least + collectMs.chance * fraction(random),
    )
  }
}

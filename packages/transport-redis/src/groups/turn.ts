import { crc32 } from 'node:zlib'

/**
 * Whose turn it is among the members of a group. Every member gets every message, and all of them hear of a change of
 * members at the same place among the messages: so all choose alike, and one takes it.
 */
export class Turn {
  #members: readonly string[] = []
  #place = -1
  #left = new Map<string, number>()
  #passed = Promise.withResolvers<void>()

  /** From here on these are the members, of which this side is one, or none. */
  set(members: readonly string[], member: string | undefined): void {
    this.#members = members
    this.#place = member === undefined ? -1 : members.indexOf(member)
    if (this.#place >= 0) return
    this.#passed.resolve()
    this.#passed = Promise.withResolvers()
  }

  /** Resolves when every message that was still this side's to take has come. */
  async passed(): Promise<void> {
    if (this.#place >= 0) await this.#passed.promise
  }

  /** Whether a message is this side's. */
  takes(message: Buffer): boolean {
    const { length } = this.#members
    if (this.#place < 0) return false
    if (length === 1) return true
    const place = crc32(message) % length
    if (place === this.#place) return true
    const member = this.#members[place] as string
    this.#left.set(member, (this.#left.get(member) ?? 0) + 1)
    return false
  }

  /** How many messages were left to others since this was asked last, by member. */
  left(): ReadonlyMap<string, number> {
    const left = this.#left
    if (left.size > 0) this.#left = new Map()
    return left
  }
}

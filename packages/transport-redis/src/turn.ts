import { crc32 } from 'node:zlib'

/**
 * Whose turn it is among the members of a group. Every member gets every message, and all of them hear of a change of
 * members at the same place among the messages: so all choose alike, and one takes it.
 */
export class Turn {
  #members: readonly string[] = []
  #place = -1
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
    return length === 1 || crc32(message) % length === this.#place
  }
}

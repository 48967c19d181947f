import { meshError } from '../../errors.ts'

/** Most ranges in one packet. */
const maxRanges = 4_096

/** Numbers modulo 2³² as ranges: in order, a thousand acknowledgements are eight bytes. */
export class Ranges {
  readonly #starts: number[] = []
  readonly #counts: number[] = []

  get isEmpty(): boolean {
    return this.#starts.length === 0
  }

  add(number: number): void {
    const last = this.#starts.length - 1
    if (last >= 0 && ((this.#starts[last] as number) + (this.#counts[last] as number)) >>> 0 === number) {
      this.#counts[last] = (this.#counts[last] as number) + 1
      return
    }
    this.#starts.push(number)
    this.#counts.push(1)
  }

  /** True when the other names nothing that this does not; false also when telling would take long. */
  covers(other: Ranges): boolean {
    return (
      this.#starts.length === 1 &&
      other.#starts.length === 1 &&
      this.#starts[0] === other.#starts[0] &&
      (this.#counts[0] as number) >= (other.#counts[0] as number)
    )
  }

  /** Bytes that the next {@link write} takes. */
  get nextBytes(): number {
    return 8 * Math.min(maxRanges, this.#starts.length)
  }

  /** Writes as many as one packet takes, forgets them, and returns where they end. */
  write(target: Buffer, offset: number): number {
    let at = offset
    const count = Math.min(maxRanges, this.#starts.length)
    for (let i = 0; i < count; i++) {
      at = target.writeUInt32BE(this.#starts[i] as number, at)
      at = target.writeUInt32BE(this.#counts[i] as number, at)
    }
    this.#starts.splice(0, count)
    this.#counts.splice(0, count)
    return at
  }

  clear(): void {
    this.#starts.length = 0
    this.#counts.length = 0
  }
}

/**
 * Calls `each` with every number that ranges name. Throws `SM_MESH_PROTOCOL` for ranges that name more than `most`
 * numbers: nobody has sent so many.
 */
export function readRanges(payload: Buffer, most: number, each: (number: number) => void): void {
  if (payload.length % 8 !== 0) throw meshError('SM_MESH_PROTOCOL', 'A packet of ranges ends within one')
  let left = most
  for (let at = 0; at < payload.length; at += 8) {
    const start = payload.readUInt32BE(at)
    const count = payload.readUInt32BE(at + 4)
    left -= count
    if (left < 0) throw meshError('SM_MESH_PROTOCOL', `Ranges name more than the ${most} frames that are under way`)
    for (let i = 0; i < count; i++) each((start + i) >>> 0)
  }
}

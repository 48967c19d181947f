import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** Most bytes that one direction of a connection has on the way, as the buffers of a network are no larger. */
const maxBytesOnTheWay = 4_194_304

/** One direction of a line. It carries bytes at once, late, or not at all until it is released; it loses and reorders none. */
export class Direction {
  /** How long bytes take, in milliseconds. */
  delayMs = 0
  #held: PromiseWithResolvers<void> | undefined

  /** From now on nothing passes. */
  hold(): void {
    this.#held ??= Promise.withResolvers<void>()
  }

  /** What was held passes, in its order. */
  release(): void {
    this.#held?.resolve()
    this.#held = undefined
  }

  /** Resolves when what has come in now may leave. */
  async passed(): Promise<void> {
    if (this.delayMs > 0) await sleep(this.delayMs)
    while (this.#held) await this.#held.promise
  }
}

/** Carries what one stream reads to another that writes, and then its end, as the direction lets it. */
export async function carry(from: Readable, to: Writable, direction: Direction): Promise<void> {
  let before: Promise<void> = Promise.resolve()
  let bytesOnTheWay = 0
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      bytesOnTheWay += chunk.length
      before = Promise.all([before, direction.passed()]).then(async () => {
        bytesOnTheWay -= chunk.length
        await write(to, chunk)
      })
      if (bytesOnTheWay > maxBytesOnTheWay) await before
    }
    await Promise.all([before, direction.passed()])
    to.end()
  } catch {
    await Promise.all([before, direction.passed()])
    to.destroy()
  }
}

async function write(to: Writable, chunk: Buffer): Promise<void> {
  if (to.destroyed || to.write(chunk)) return
  await Promise.race([once(to, 'drain'), once(to, 'close')]).catch(() => undefined)
}

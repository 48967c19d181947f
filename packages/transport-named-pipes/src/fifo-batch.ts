import { makeFifos, remove } from './fifo.ts'

/** Most pipes that are made by one command. */
const maxPaths = 256

interface Waiting {
  readonly paths: readonly string[]
  resolve(): void
  reject(error: unknown): void
}

/**
 * Makes FIFOs for many who want some at the same time, as when an agent meets fifty others: each run of `mkfifo` takes
 * all that came in during the one before, for to start a process costs more than to make a pipe.
 */
export class FifoBatch {
  #waiting: Waiting[] = []
  #running = false

  /** Throws `SM_PIPES_CREATE`. */
  make(...paths: readonly string[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ paths, resolve, reject })
      if (!this.#running) void this.#run()
    })
  }

  async #run(): Promise<void> {
    this.#running = true
    // Pipes that are asked for in this turn are made together.
    await new Promise(resolve => setImmediate(resolve))
    while (this.#waiting.length > 0) await this.#together(this.#take())
    this.#running = false
  }

  #take(): readonly Waiting[] {
    let paths = 0
    let count = 0
    for (const one of this.#waiting) {
      if (count > 0 && paths + one.paths.length > maxPaths) break
      paths += one.paths.length
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #together(batch: readonly Waiting[]): Promise<void> {
    try {
      await makeFifos(...batch.flatMap(({ paths }) => paths))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      if (batch.length === 1) batch[0]?.reject(error)
      else for (const one of batch) await this.#alone(one)
    }
  }

  /** A pipe of several could not be made: the others must not suffer for it. */
  async #alone({ paths, resolve, reject }: Waiting): Promise<void> {
    try {
      for (const path of paths) remove(path)
      await makeFifos(...paths)
      resolve()
    } catch (error) {
      reject(error)
    }
  }
}

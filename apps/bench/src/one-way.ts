import { bodyOf, type Sample } from './payload.ts'
import type { Contender } from './scenario.ts'

/** A system that carries messages from one publisher to every subscriber. */
export interface OneWay {
  /** Its result is awaited now and then; a system that calls its handlers at once returns nothing. */
  publish(sample: Sample): Promise<unknown> | undefined
  /** How many publishes this system wants under way at most; 1 where it says itself when it is full. */
  readonly window?: number
  close(): Promise<void>
}

export interface OneWayOptions {
  readonly bodyBytes: number
  readonly subscribers: number
  /** How many are published before the publisher awaits the last of them. Default 64. */
  readonly window?: number
}

/** Sets a system up: `handle` is to be called by each of so many subscribers. */
export type OpenOneWay = (handle: (sample: Sample) => void, subscribers: number) => Promise<OneWay>

/** Publishes, and counts what the handlers got. */
export async function oneWay(open: OpenOneWay, options: OneWayOptions): Promise<Contender> {
  const { bodyBytes, subscribers, window = 64 } = options
  const body = bodyOf(bodyBytes)
  let missing = 0
  let sum = 0
  let done = () => {}
  const handle = (sample: Sample) => {
    sum += sample.seq
    if (--missing === 0) done()
  }
  const system = await open(handle, subscribers)
  return {
    async run(ops) {
      missing = ops * subscribers
      sum = 0
      const handled = new Promise<void>(resolve => {
        done = resolve
      })
      const ts = Date.now()
      for (let seq = 0; seq < ops; seq++) {
        const published = system.publish({ seq, ts, body })
        if (published && seq % window === window - 1) await published
      }
      await handled
      const expected = (subscribers * ops * (ops - 1)) / 2
      if (sum !== expected || missing !== 0) throw new Error(`Handlers summed ${sum} instead of ${expected}`)
      return undefined
    },
    close: () => system.close(),
  }
}

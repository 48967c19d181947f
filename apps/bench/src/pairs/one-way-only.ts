import type { Pair } from '../pair.ts'

async function never(): Promise<never> {
  throw new Error('This system is measured one way only')
}

/** A system that answers nothing. */
export const oneWayOnly: Pick<Pair, 'answer' | 'ask'> = { answer: never, ask: never }

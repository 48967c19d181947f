import { z } from 'zod'
import type { Agent } from '../src/agent/index.ts'
import { defineMessage } from '../src/message/index.ts'
import type { MessageContext } from '../src/receiving/index.ts'
import type { SubscribeOptions } from '../src/settings/index.ts'

/** Something that happened, with a number to tell one from another. */
export const OrderPlaced = defineMessage('order.placed', { schema: z.object({ n: z.number() }) })

/** A question with an answer. */
export const GetQuote = defineMessage('quote.get', {
  schema: z.object({ sku: z.string() }),
  reply: z.object({ price: z.number() }),
})

/** The messages that one handler of {@link OrderPlaced} got, in order. */
export interface Taken {
  readonly numbers: number[]
  readonly contexts: MessageContext[]
}

/** Subscribes an agent to {@link OrderPlaced} and notes what it gets. */
export function take(agent: Agent, options?: SubscribeOptions): Taken {
  const taken: Taken = { numbers: [], contexts: [] }
  agent.subscribe(
    OrderPlaced,
    ({ n }, context) => {
      taken.numbers.push(n)
      taken.contexts.push(context)
    },
    options,
  )
  return taken
}

/** `0 … count - 1`. */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, n) => n)
}

/** The error of a call that should fail. */
export async function failureOf(call: () => unknown): Promise<{ code?: string; message: string; details?: unknown }> {
  try {
    await call()
  } catch (error) {
    return error as Error
  }
  throw new Error('It did not fail')
}

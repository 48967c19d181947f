/**
 * Compiled twice: against the sources, and against what is built, as users have it. Both must type the options of
 * transports by name.
 */
import { type AgentOptions, createAgent, defineMessage, unchecked } from '@sm/core'
import { defineTransport, type Transport } from '@sm/core/transport'

interface TelegraphOptions {
  readonly operator: string
}

declare module '@sm/core/options' {
  interface TransportOptionsMap {
    telegraph: TelegraphOptions
  }
}

/** As a plugin would, from the contract that the package exports. */
export const telegraph = (create: () => Transport) =>
  defineTransport<TelegraphOptions>({
    name: 'telegraph',
    contract: '1.0',
    version: '1.0.0',
    rank: 90,
    schemes: ['telegraph'],
    capabilities: create().capabilities,
    fromUrl: url => ({ operator: url.hostname }),
    create,
  })

export const fits: readonly AgentOptions[] = [
  { transports: { memory: { maxQueued: 8 }, telegraph: { operator: 'ada' } } },
  { transports: ['memory', 'telegraph://ada', new URL('telegraph://ada')] },
]

// @ts-expect-error A transport that no import has typed is a slip, or lacks its import.
export const unknownTransport: AgentOptions = { transports: { memory: {}, 'some-other': {} } }

// @ts-expect-error An option of core's own transport has its type.
export const wrongMemory: AgentOptions = { transports: { memory: { maxQueued: '8' } } }

// @ts-expect-error So has one that was added by augmentation.
export const wrongTelegraph: AgentOptions = { transports: { telegraph: { operator: 7 } } }

// @ts-expect-error An option that must be there is missed.
export const missing: AgentOptions = { transports: { telegraph: {} } }

// @ts-expect-error A misspelt option is noticed.
export const misspelt: AgentOptions = { transports: { memory: { maxQueue: 8 } } }

const Ask = defineMessage('ask', { schema: unchecked<{ question: string }>(), reply: unchecked<{ answer: number }>() })

/** Types flow from a definition to its handler, its publisher and its requester. */
export async function flow(): Promise<number> {
  await using agent = await createAgent('typed')
  agent.subscribe(Ask, ({ question }) => ({ answer: question.length }))
  // @ts-expect-error The handler answers with something else than the reply.
  agent.subscribe(Ask, () => ({ answer: 'seven' }))
  // @ts-expect-error The payload is something else than the schema says.
  await agent.publish(Ask, { question: 7 })
  const { answer } = await agent.request(Ask, { question: 'why?' }, { to: 'typed' })
  return answer
}

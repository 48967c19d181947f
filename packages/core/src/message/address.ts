import { smError } from '../errors/index.ts'
import { checkAgentId, checkMessageType } from './names.ts'

/** The mailbox of an agent, or of one of its instances. */
export interface InboxAddress {
  readonly kind: 'inbox'
  readonly agent: string
  /** The one instance meant; without it, any instance of the agent. */
  readonly instance?: string | undefined
}

/** Everyone who subscribes to a message type. */
export interface TopicAddress {
  readonly kind: 'topic'
  readonly topic: string
}

/** Where a frame goes. */
export type Address = InboxAddress | TopicAddress

/** An agent and, where known, its instance: what `billing` and `billing/01J…` say. */
export interface AgentRef {
  readonly agent: string
  readonly instance?: string | undefined
}

const INSTANCE = /^[A-Za-z0-9]{1,26}$/

/** Reads `billing` or `billing/01J…`. Throws `SM_NAME_INVALID`. */
export function parseAgentRef(text: string): AgentRef {
  const slash = text.indexOf('/')
  if (slash < 0) {
    checkAgentId(text)
    return { agent: text }
  }
  const agent = text.slice(0, slash)
  const instance = text.slice(slash + 1)
  checkAgentId(agent)
  if (!INSTANCE.test(instance)) {
    throw smError('SM_NAME_INVALID', `The instance in ${JSON.stringify(text.slice(0, 80))} is not a ULID`)
  }
  return { agent, instance }
}

/** An agent and its instance in one text: `billing`, `billing/01J…`. */
export function formatAgentRef({ agent, instance }: AgentRef): string {
  return instance === undefined ? agent : `${agent}/${instance}`
}

/** The inbox that `to` names: an agent (`billing`) or one instance (`billing/01J…`). */
export function toInboxAddress(to: string): InboxAddress {
  const { agent, instance } = parseAgentRef(to)
  return { kind: 'inbox', agent, instance }
}

/** The topic of a message type. */
export function toTopicAddress(type: string): TopicAddress {
  checkMessageType(type)
  return { kind: 'topic', topic: type }
}

/** An address as a person reads it: `billing`, `billing/01J…` or `topic order.placed`. */
export function formatAddress(address: Address): string {
  return address.kind === 'inbox' ? formatAgentRef(address) : `topic ${address.topic}`
}

import type { Agent } from '../src/agent/index.ts'
import type { Capabilities } from '../src/contract/index.ts'
import type { Frame, Json } from '../src/message/index.ts'
import { busTransport } from './bus.ts'
import { makeFrame } from './make-frame.ts'

let buses = 0

/** A bus of its own. */
export const presenceBus = (rank = 50, reach?: Capabilities['reach']) =>
  busTransport(`presence-bus-${buses++}`, rank, reach)

/** Names of the agents that are known, without the one that is asked. */
export const known = (agent: Agent) =>
  agent.directory
    .list()
    .filter(({ isSelf }) => !isSelf)
    .map(each => each.agent)
    .sort()

/** Where everyone hears it. */
export const toAll = { kind: 'topic', topic: 'sm.presence' } as const

/** What an agent would say, said by somebody else. */
export function said(from: string, payload: Json): Frame {
  return makeFrame({ type: 'sm.presence', from, delivery: 'at-most-once' }, payload)
}

/** The card of somebody who is not there. */
export function cardOf(agent: string, instance: string) {
  const at = { hostId: 'elsewhere', processId: 1, since: 0, revision: 1, wires: {} }
  return { agent, instance, ...at, inbox: 'open', handles: [] }
}

/** The word that somebody is there. */
export const here = (card: Json, seq: number, ttlMs = 15_000): Json => ({ v: 1, is: 'here', seq, ttlMs, card })

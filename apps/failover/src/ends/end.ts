import { writeSync } from 'node:fs'
import type { AgentOptions } from '@sm/core'
import '@sm/transport-amqp'
import '@sm/transport-named-pipes'
import '@sm/transport-nats'
import '@sm/transport-redis'
import type { HistoryLine } from '../history.ts'

/** The order that a process gets as its argument. */
export interface EndOrder {
  readonly namespace: string
  /** Names or URLs of the transports, the preferred one first. */
  readonly transports: readonly string[]
  /** How many messages a sender publishes each second. */
  readonly perSecond: number
  /** The number of a sender's first message, and by how much each next one is higher. */
  readonly numbers: { readonly first: number; readonly step: number }
  /** How many messages a sender publishes at most. */
  readonly messages: number
}

/** Reads the order of this process. */
export function readOrder(): EndOrder {
  return JSON.parse(process.argv[2] as string) as EndOrder
}

/** Options of the agent of this process. */
export function agentOptions({ namespace, transports }: EndOrder): AgentOptions {
  const ladder = transports.map(transport => transport.split(':', 1)[0] as string)
  return { namespace, transports, ladder, logger: 'silent' }
}

/** What a process says of itself: it is there; it has called the last publish; all of them have ended. */
export type Word = 'ready' | 'sent' | 'done'

/** Says a line, which is written before this returns: a process that is killed has said what it did. */
export function say(line: HistoryLine | { readonly kind: Word }): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/** Resolves when the process that started this one says so. */
export function told(what: string): Promise<void> {
  return new Promise(resolve => {
    process.on('message', message => message === what && resolve())
  })
}

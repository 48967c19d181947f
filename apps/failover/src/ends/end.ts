import { writeSync } from 'node:fs'
import type { AgentOptions } from '@sm/core'
import '@sm/transport-amqp'
import '@sm/transport-nats'
import '@sm/transport-redis'
import type { HistoryLine } from '../history.ts'

/** The order that a process gets as its argument. */
export interface EndOrder {
  readonly namespace: string
  /** URLs of the transports, the preferred one first. */
  readonly urls: readonly string[]
  /** How many messages a sender publishes each second. */
  readonly perSecond: number
}

/** Reads the order of this process. */
export function readOrder(): EndOrder {
  return JSON.parse(process.argv[2] as string) as EndOrder
}

/** Options of the agent of this process. */
export function agentOptions({ namespace, urls }: EndOrder): AgentOptions {
  const ladder = urls.map(url => new URL(url).protocol.slice(0, -1))
  return { namespace, transports: urls, ladder, logger: 'silent' }
}

/** Says a line, which is written before this returns: a process that is killed has said what it did. */
export function say(line: HistoryLine | { readonly kind: 'ready' | 'done' }): void {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/** Resolves when the process that started this one says so. */
export function told(what: string): Promise<void> {
  return new Promise(resolve => {
    process.on('message', message => message === what && resolve())
  })
}

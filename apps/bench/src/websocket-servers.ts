import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Prepared } from './target.ts'

/** Where the servers between the ends are. */
export interface WebSocketServers {
  /** A relay of plain WebSockets: each client hears the others of its path. */
  readonly relay: string
  readonly socketIo: string
  readonly hub: string
}

const program = fileURLToPath(new URL('./websocket-process.ts', import.meta.url))

/** The servers that the process has started which started this one. */
export function webSocketServers(): WebSocketServers {
  const given = process.env.SM_BENCH_WEBSOCKET
  if (given === undefined) throw new Error('Nobody has started servers of WebSockets for this process')
  return JSON.parse(given) as WebSocketServers
}

/** Starts the servers in a process of their own: none of them is an end, and all are bounded by one processor. */
export async function prepareWebSockets(): Promise<Prepared> {
  const child = fork(program)
  const [servers] = await once(child, 'message')
  // For the processes that this one starts.
  process.env.SM_BENCH_WEBSOCKET = JSON.stringify(servers)
  return {
    absent: new Map(),
    close: async () => {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

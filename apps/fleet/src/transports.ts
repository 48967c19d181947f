import { join } from 'node:path'
import type { TransportsConfig } from '@sm/core'
import { pipesDirectory } from './wires/pipes-directory.ts'

/** How long a member waits for those who are there: what it says at once must reach them on a busy machine too. */
export const settleMs = 10_000

/** How long a member that has no other wire listens for announcements: answers to multicast come late from a busy machine. */
const listenMs = 1_500

/** How often pipes are looked for in case a change was missed, and how soon a peer is tried again: a run is short. */
const pollMs = 500
const reconnect = { maxMs: 500 }
/** A call whose answer a killed wire has taken with it is made again after so long, in milliseconds. */
const handshakeMs = 2_000

type Choice = Extract<TransportsConfig, readonly unknown[]>[number]

/** Returns the transports for names and URLs of the command line. What belongs to this run alone is kept in `folder`. */
export function chooseTransports(transports: readonly string[], folder: string): Promise<readonly Choice[]> {
  const isAlone = transports.every(name => name === 'memory' || name === 'lanet')
  return Promise.all(transports.map(name => choose(name, folder, isAlone)))
}

/** A package is loaded by the members that use it alone. */
async function choose(transport: string, folder: string, isAlone: boolean): Promise<Choice> {
  switch (transport.split(':', 1)[0]) {
    case 'named-pipes':
      return (await import('@sm/transport-named-pipes')).namedPipes({
        ...{ settleMs, pollMs, reconnect, handshakeMs },
        base: pipesDirectory(folder),
      })
    case 'lanet': {
      const { lanet } = await import('@sm/transport-lanet')
      // The fleet watches one machine, and is nobody else's on the network.
      const own = { settleMs, reconnect, handshakeMs, host: '127.0.0.1', keyDirectory: join(folder, 'keys') }
      return lanet({ ...own, ...(isAlone && { listenMs }) })
    }
    case 'ws':
      return (await import('@sm/transport-websocket')).websocket({ url: transport, settleMs })
    // The others wait for nobody: their brokers know who is there.
    case 'redis':
      await import('@sm/transport-redis')
      return transport
    case 'nats':
      await import('@sm/transport-nats')
      return transport
    case 'amqp':
      await import('@sm/transport-amqp')
      return transport
    default:
      return transport
  }
}

import type { TransportsConfig } from '@sm/core'

/** How long a member waits for those who are there: what it says at once must reach them on a busy machine too. */
export const settleMs = 10_000

/** How long a member listens for announcements: answers to multicast come late from a busy machine. */
const listenMs = 1_500

type Choice = Extract<TransportsConfig, readonly unknown[]>[number]

/** Returns the transport for a name or URL of the command line. Its package is loaded by the members that use it alone. */
export async function chooseTransport(transport: string): Promise<Choice> {
  switch (transport.split(':', 1)[0]) {
    case 'named-pipes':
      return (await import('@sm/transport-named-pipes')).namedPipes({ settleMs })
    case 'lanet':
      // The fleet watches one machine, and is nobody else's on the network.
      return (await import('@sm/transport-lanet')).lanet({ settleMs, listenMs, host: '127.0.0.1' })
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

import type { Target } from '../target.ts'

/** The targets of `pnpm bench`. One is loaded when it is asked for. */
export const targets: Readonly<Record<string, () => Promise<Target>>> = {
  memory: async () => (await import('./memory.ts')).memory,
  routing: async () => (await import('./routing.ts')).routing,
  packing: async () => (await import('./packing.ts')).packing,
  'named-pipes': async () => (await import('./named-pipes.ts')).namedPipes,
  lanet: async () => (await import('./lanet.ts')).lanet,
  websocket: async () => (await import('./websocket.ts')).websocket,
  redis: async () => (await import('./broker.ts')).brokerTarget('redis'),
  nats: async () => (await import('./broker.ts')).brokerTarget('nats'),
  amqp: async () => (await import('./broker.ts')).brokerTarget('amqp'),
}

import type { Pair } from '../two-processes/pair.ts'

const smartMessage = (delivery: 'at-most-once' | 'at-least-once') => async () =>
  (await import('./smartmessage.ts')).smartMessagePair(delivery)

/** Every system that can be measured between processes. What one needs is loaded in its own processes alone. */
const pairs = {
  'unix-socket': async () => (await import('./unix-socket.ts')).unixSocket(false),
  'unix-socket-coalesced': async () => (await import('./unix-socket.ts')).unixSocket(true),
  fifo: async () => (await import('./fifo.ts')).fifo(false),
  'fifo-coalesced': async () => (await import('./fifo.ts')).fifo(true),
  redis: async () => (await import('./redis.ts')).redis,
  moleculer: async () => (await import('./moleculer.ts')).moleculer,
  'smartmessage-at-most-once': smartMessage('at-most-once'),
  'smartmessage-at-least-once': smartMessage('at-least-once'),
} satisfies Record<string, () => Promise<Pair>>

export type PairName = keyof typeof pairs

export function openPair(name: PairName): Promise<Pair> {
  return pairs[name]()
}

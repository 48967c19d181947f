/**
 * An agent that is attacked. Its clock runs a hundred times as fast, so that the pace of strangers' handshakes is no limit
 * for the attacker, and everything that waits is told to wait a hundred times as long.
 */
import { type Clock, createUlids, type Delivery, silentMetrics, systemClock, systemRandom } from '@sm/core/transport'
import type { Told } from '../../../../tooling/test/program.ts'
import { LanetTransport } from '../../src/lanet-transport.ts'
import type { LanetTransportOptions } from '../../src/options.ts'
import { FileDiscovery } from '../file-discovery.ts'

const { base, agent, haste, options } = JSON.parse(process.argv[2] as string) as {
  base: string
  agent: string
  haste: number
  options: LanetTransportOptions
}

const clock: Clock = {
  elapsed: () => performance.now() * haste,
  now: () => Math.floor(performance.timeOrigin) + performance.now() * haste,
  schedule: (callback, delayMs, timer) => systemClock.schedule(callback, delayMs / haste, timer),
}
const ids = createUlids(systemClock, systemRandom)
const complaints = new Map<string, number>()
const warn = (fields: object) => {
  const { code = 'none' } = fields as { code?: string }
  complaints.set(code, (complaints.get(code) ?? 0) + 1)
}
const quiet = () => {}
const instance = ids.next()
const logger = { debug: quiet, info: quiet, warn, error: warn }
const context = { namespace: 'test', agent, instance, clock, ids, random: systemRandom, logger, metrics: silentMetrics }
const transport = new LanetTransport(options, context, () => new FileDiscovery(base))
const handled = new Map<string, number>()

function handle(delivery: Delivery): void {
  const { id, from } = delivery.frame.header
  if (from.startsWith('steady')) handled.set(id, (handled.get(id) ?? 0) + 1)
  delivery.ack()
}

const answers: Readonly<Record<string, () => unknown>> = {
  report: () => ({
    handled: [...handled],
    complaints: [...complaints],
    descriptors: 0,
    ...transport.health().details,
  }),
  memory: () => {
    gc?.()
    const { heapUsed, external } = process.memoryUsage()
    return { bytes: heapUsed + external }
  },
  stop: () => transport.stop(),
}

process.on('message', async ({ kind }: Told) => {
  const answer = await answers[kind]?.()
  process.send?.({ ...(answer as object), kind })
})
process.on('disconnect', () => process.exit())

await transport.start()
await transport.subscribe(
  { target: { kind: 'pattern', pattern: 'order.placed' }, group: agent, prefetch: 64, durable: false },
  handle,
).ready
process.send?.({ kind: 'ready', instance, port: transport.health().details.port })

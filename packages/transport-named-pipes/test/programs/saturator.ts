/** Writes to its partner as fast as it may, small frames and large ones at both levels, while the partner does the same. */
import type { DeliveryLevel } from '@sm/core/transport'
import { answers, frameOf, participant, settingOf, tell } from './setting.ts'

const setting = settingOf<{ partner: string }>()
const self = participant(setting)
const { transport } = self
const address = { kind: 'inbox', agent: setting.partner } as const
const small = Buffer.alloc(4_096, 1)
const large = Buffer.alloc(524_288, 2)
const sent = { 'at-least-once': 0, 'at-most-once': 0 }
const got = { 'at-least-once': 0, 'at-most-once': 0 }
let stopped = false

async function lane(delivery: DeliveryLevel): Promise<void> {
  while (!stopped) {
    await transport.publish(frameOf(self, address, sent[delivery] % 64 === 63 ? large : small, delivery), address)
    sent[delivery] += 1
    // A publish that resolves at once leaves no room for anything else.
    if (sent[delivery] % 16 === 0) await new Promise(resolve => setImmediate(resolve))
  }
}

await transport.start()
const { ready } = transport.subscribe(
  { target: { kind: 'inbox', agent: setting.agent }, group: setting.agent, prefetch: 64, durable: false },
  delivery => {
    got[delivery.frame.header.delivery] += 1
    delivery.ack()
  },
)
await ready
let lanes: Promise<unknown> | undefined
answers({
  go: () => {
    const levels = Array.from({ length: 32 }, (_, i): DeliveryLevel => (i % 2 ? 'at-least-once' : 'at-most-once'))
    lanes = Promise.all(levels.map(lane))
    lanes.catch(error => tell({ kind: 'failed', message: String(error) }))
  },
  report: () => ({ sent, got }),
  halt: async () => {
    stopped = true
    await lanes
    return { sent, got }
  },
  stop: () => transport.stop({ drain: true }),
})
tell({ kind: 'ready' })

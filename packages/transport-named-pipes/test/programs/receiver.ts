/**
 * Takes its mail and forgets it. Handles what comes on a topic, and writes down each handling before its ack (`handled <id> <attempt>`), and that the ack
 * has left the process (`acked <id>`) in the turn after it.
 */
import type { Delivery } from '@sm/core/transport'
import { answers, openHistory, participant, settingOf, tell } from './setting.ts'

const setting = settingOf<{ topic: string; history: string; prefetch?: number }>()
const write = openHistory(setting.history)
const self = participant(setting)
const { transport } = self
let handled = 0
let mail = 0
let unreadable = 0

function handle(delivery: Delivery): void {
  const { id } = delivery.frame.header
  write(`handled ${id} ${delivery.attempt}`)
  handled += 1
  delivery.ack()
  // Acks of a turn leave at its end, in a system call: what the system has, it delivers although the process dies.
  setImmediate(write, `acked ${id}`)
}

await transport.start()
const subscription = transport.subscribe(
  {
    target: { kind: 'pattern', pattern: setting.topic },
    group: setting.agent,
    prefetch: setting.prefetch ?? 16,
    durable: false,
  },
  delivery => void setImmediate(handle, delivery),
)
await subscription.ready
const { ready } = transport.subscribe(
  { target: { kind: 'inbox', agent: setting.agent }, group: setting.agent, prefetch: 64, durable: false },
  delivery => {
    mail += 1
    // Also what nobody meant to send: it must be readable, or say why it is not.
    try {
      delivery.frame.body.value()
    } catch {
      unreadable += 1
    }
    delivery.ack()
  },
)
await ready
answers({
  report: async () => ({
    handled,
    mail,
    unreadable,
    complaints: [...self.complaints],
    ...(await transport.health()).details,
  }),
  memory: () => {
    gc?.()
    const { heapUsed, external } = process.memoryUsage()
    return { bytes: heapUsed + external }
  },
  stop: () => transport.stop({ drain: true }),
})
tell({ kind: 'ready', instance: self.instance })

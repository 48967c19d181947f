/**
 * Publishes on a topic, so many at a time, until it has sent `count` frames or is told to stop. It writes down each
 * publish before it begins (`begun <id>`) and how it ended (`ok <id>`, `failed <id> <code>`, `unknown <id> <code>`).
 */
import { type DeliveryLevel, publishOutcome, toTopicAddress } from '@sm/core/transport'
import { answers, frameOf, openHistory, participant, settingOf, tell } from './setting.ts'

const setting = settingOf<{
  topic: string
  history: string
  count?: number
  atOnce?: number
  bytes?: number
  /** Every so many frames a large one. */
  large?: { readonly every: number; readonly bytes: number }
  delivery?: DeliveryLevel
}>()
const { count = Number.POSITIVE_INFINITY, atOnce = 64, bytes = 128, large, delivery = 'at-least-once' } = setting
const write = openHistory(setting.history)
const self = participant(setting)
const { transport } = self
const address = toTopicAddress(setting.topic)
const small = Buffer.alloc(bytes, 1)
const big = Buffer.alloc(large?.bytes ?? 0, 2)
let begun = 0
let ended = 0
let stopped = false

async function publish(): Promise<void> {
  begun += 1
  const frame = frameOf(self, address, large && begun % large.every === 0 ? big : small, delivery)
  const { id } = frame.header
  write(`begun ${id}`)
  try {
    const { evidence } = await transport.publish(frame, address)
    write(evidence === 'none' ? `failed ${id} nobody` : `ok ${id}`)
  } catch (error) {
    write(`${publishOutcome(error)} ${id} ${(error as { code?: string }).code}`)
  }
  ended += 1
}

async function lane(): Promise<void> {
  while (begun < count && !stopped) {
    await publish()
    // A publish that resolves at once leaves no room for anything else.
    if (ended % 64 === 0) await new Promise(resolve => setImmediate(resolve))
  }
}

await transport.start()
let lanes: Promise<unknown> | undefined
answers({
  go: () => {
    lanes = Promise.all(Array.from({ length: atOnce }, lane)).then(() => tell({ kind: 'sent', begun, ended }))
  },
  report: async () => ({ begun, ended, complaints: [...self.complaints], ...(await transport.health()).details }),
  halt: async () => {
    stopped = true
    await lanes
    return { begun, ended }
  },
  stop: () => transport.stop({ drain: true }),
})
tell({ kind: 'ready', instance: self.instance })

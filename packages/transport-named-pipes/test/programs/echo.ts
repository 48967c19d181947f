/**
 * Takes frames on the topic `echo.large` and in its inbox, and answers each to who sent it with the sum of its bytes, so
 * that the sender learns what arrived and when.
 */
import { createHash } from 'node:crypto'
import { type Delivery, toInboxAddress } from '@sm/core/transport'
import { answers, frameOf, participant, settingOf, tell } from './setting.ts'

const setting = settingOf()
const self = participant(setting)
const { transport } = self

const answer = (delivery: Delivery) => {
  const { frame } = delivery
  const bytes = frame.body.bytes()
  const sum = createHash('sha256').update(bytes).digest('hex')
  delivery.ack()
  const reply = { id: frame.header.id, bytes: bytes.length, sum }
  const to = toInboxAddress(frame.header.from)
  void transport.publish(frameOf(self, to, reply, 'at-most-once'), to)
}

await transport.start()
const common = { group: setting.agent, prefetch: 64, durable: false }
const subscriptions = [
  transport.subscribe({ target: { kind: 'pattern', pattern: 'echo.large' }, ...common }, answer),
  transport.subscribe({ target: { kind: 'inbox', agent: setting.agent }, ...common }, answer),
]
await Promise.all(subscriptions.map(({ ready }) => ready))
answers({ stop: () => transport.stop({ drain: true }) })
tell({ kind: 'ready' })

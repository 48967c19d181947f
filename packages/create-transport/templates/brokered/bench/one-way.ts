/**
 * `npm run bench`: how many messages a second go through the broker between two agents, beside the same through memory.
 * TODO compare with the bare client of your broker instead. Compare the ratio; absolute figures are of this machine.
 */
import { createAgent, type DeliveryLevel, defineMessage, type TransportChoice, unchecked } from '@sm/core'
import { templateBrokered } from '../src/index.ts'

const bodyBytes = 128
const perRun = 20_000
const atOnce = 500

const body = 'x'.repeat(bodyBytes)
const Work = defineMessage('bench.work', { schema: unchecked<{ readonly seq: number; readonly body: string }>() })

/** Messages a second: the median of five runs after a shorter one. */
async function rateOf(run: (count: number) => Promise<void>): Promise<number> {
  await run(perRun / 10)
  const rates: number[] = []
  for (let i = 0; i < 5; i++) {
    const began = performance.now()
    await run(perRun)
    rates.push((perRun / (performance.now() - began)) * 1_000)
  }
  return rates.sort((a, b) => a - b)[2] as number
}

async function measure(transports: readonly (string | TransportChoice)[], delivery: DeliveryLevel): Promise<number> {
  await using consumer = await createAgent('consumer', { transports })
  await using producer = await createAgent('producer', { transports })
  let handled = 0
  let wake = () => {}
  const onWork = () => {
    handled += 1
    wake()
  }
  await consumer.subscribe(Work, onWork, { concurrency: atOnce, prefetch: atOnce }).ready
  return await rateOf(async count => {
    const until = handled + count
    for (let seq = 0; seq < count; seq += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, count - seq) }, (_, i) =>
        producer.publish(Work, { seq: seq + i, body }, { delivery }),
      )
      await Promise.all(some)
    }
    while (handled < until) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  })
}

for (const delivery of ['at-most-once', 'at-least-once'] as const) {
  const memory = await measure(['memory'], delivery)
  const ours = await measure([templateBrokered({ broker: 'bench' }) as TransportChoice], delivery)
  for (const [name, rate] of [
    ['memory', memory],
    ['template-brokered', ours],
  ] as const) {
    const shown = Math.round(rate).toLocaleString('en').padStart(10)
    console.log(`${`${name}, ${delivery}, ${bodyBytes} B`.padEnd(40)} ${shown}/s ${(rate / memory).toFixed(2)}`)
  }
}

import { describe, expect, it } from 'vitest'
import { application } from './application.ts'

const ready = [
  `import { createAgent, defineMessage, unchecked } from '@sm/core'`,
  `const began = performance.now()`,
  `const Order = defineMessage('order.placed', { schema: unchecked() })`,
  `const Quote = defineMessage('quote.get', { schema: unchecked(), reply: unchecked() })`,
  `const [shop, billing] = [await createAgent('shop'), await createAgent('billing')]`,
  `billing.subscribe(Quote, async () => ({ price: 7 }))`,
  `process.on('exit', () => console.log(JSON.stringify({ ms: performance.now() - began, ...report })))`,
  `let report = {}`,
]

describe('a process ends by itself', () => {
  it('once its agents have stopped, whatever they did and whatever is still stuck', async () => {
    const ended = await application().run(
      ...ready,
      `billing.subscribe(Order, () => new Promise(() => {}))`,
      `await shop.publish(Order, {})`,
      `const quote = await shop.request(Quote, {}, { to: 'billing', timeoutMs: 60_000 })`,
      `await new Promise(resolve => setImmediate(resolve))`,
      `const stops = [await shop.stop(), await billing.stop({ timeoutMs: 50 })]`,
      `report = { quote, stops, resources: process.getActiveResourcesInfo().filter(name => name === 'Timeout') }`,
    )
    expect(ended).toMatchObject({
      quote: { price: 7 },
      stops: [{ abandoned: 0 }, { abandoned: 1 }],
      resources: [],
    })
    expect((ended as { ms: number }).ms).toBeLessThan(5_000)
  })

  it('also when it forgot to stop agents that have nothing to do', async () => {
    const ended = await application().run(...ready, `await shop.publish(Order, {})`)
    expect((ended as { ms: number }).ms).toBeLessThan(5_000)
  })
})

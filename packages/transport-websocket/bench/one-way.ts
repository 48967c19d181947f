/**
 * `pnpm --filter @sm/transport-websocket bench`: how many messages a second get from one agent to another through the hub, beside
 * a bare WebSocket without anything between its ends. Compare the ratio; absolute figures are of this machine. Agents
 * and hub are in this process.
 */
import { once } from 'node:events'
import { createAgent, type DeliveryLevel, defineMessage, unchecked } from '@sm/core'
import { WebSocket, WebSocketServer } from 'ws'
import { createHub, websocket } from '../src/index.ts'

const bodyBytes = 128
const perRun = 50_000
const atOnce = 500

const body = 'x'.repeat(bodyBytes)
const Work = defineMessage('bench.work', { schema: unchecked<{ readonly seq: number; readonly body: string }>() })

/** Counts, and wakes who waits for a count. */
class Counter {
  #count = 0
  #wake = () => {}

  get count(): number {
    return this.#count
  }

  add(): void {
    this.#count += 1
    this.#wake()
  }

  async reach(count: number): Promise<void> {
    while (this.#count < count) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
  }
}

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

async function ours(delivery: DeliveryLevel): Promise<number> {
  await using hub = createHub()
  const transports = [websocket({ url: await hub.listen({ port: 0 }) })]
  await using consumer = await createAgent('consumer', { transports })
  await using producer = await createAgent('producer', { transports })
  const handled = new Counter()
  await consumer.subscribe(Work, () => handled.add(), { concurrency: atOnce, prefetch: atOnce }).ready
  return await rateOf(async count => {
    const until = handled.count + count
    for (let seq = 0; seq < count; seq += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, count - seq) }, (_, i) =>
        producer.publish(Work, { seq: seq + i, body }, { delivery }),
      )
      await Promise.all(some)
    }
    await handled.reach(until)
  })
}

async function bareWebSocket(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  const [[other]] = (await Promise.all([once(server, 'connection'), once(socket, 'open')])) as [[WebSocket], unknown]
  const got = new Counter()
  other.on('message', message => {
    JSON.parse(String(message))
    got.add()
  })
  try {
    return await rateOf(async count => {
      const until = got.count + count
      for (let seq = 0; seq < count; seq += atOnce) {
        for (let i = 0; i < atOnce; i++) socket.send(JSON.stringify({ seq: seq + i, body }))
        await new Promise(resolve => setImmediate(resolve))
      }
      await got.reach(until)
    })
  } finally {
    socket.terminate()
    server.close()
  }
}

const bare = await bareWebSocket()
const row = (name: string, rate: number) =>
  console.log(`${name.padEnd(32)} ${Math.round(rate).toLocaleString('en').padStart(10)}/s ${(rate / bare).toFixed(2)}`)
row(`bare WebSocket, ${bodyBytes} B`, bare)
for (const delivery of ['at-most-once', 'at-least-once'] as const)
  row(`through a hub, ${delivery}`, await ours(delivery))

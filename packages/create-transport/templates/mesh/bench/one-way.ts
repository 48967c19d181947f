/**
 * `npm run bench`: how many messages a second cross the wire between two agents, beside the same number of bytes over a
 * bare socket. Compare the ratio; absolute figures are of this machine. Both ends are in this process.
 */

import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, type DeliveryLevel, defineMessage, unchecked } from '@sm/core'
import { templateMesh } from '../src/index.ts'

const bodyBytes = 128
const perRun = 50_000
const atOnce = 500

interface Sample {
  readonly seq: number
  readonly body: string
}

const body = 'x'.repeat(bodyBytes)
const Work = defineMessage('bench.work', { schema: unchecked<Sample>() })

/** Messages a second, of runs that last about as long as `count` messages take. */
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
  const directory = mkdtempSync(join(tmpdir(), 'template-mesh-bench-'))
  try {
    const transports = [templateMesh({ directory })]
    await using consumer = await createAgent('consumer', { transports })
    await using producer = await createAgent('producer', { transports })
    let handled = 0
    let wake = () => {}
    await consumer.subscribe(
      Work,
      () => {
        handled += 1
        wake()
      },
      { concurrency: atOnce, prefetch: atOnce },
    ).ready
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
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

async function bareSocket(): Promise<number> {
  const server = createServer({ noDelay: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [[other]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [[Socket], unknown]
  let lines = 0
  let wake = () => {}
  other.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) lines += 1
    wake()
  })
  try {
    return await rateOf(async count => {
      const until = lines + count
      for (let seq = 0; seq < count; seq++) {
        if (!socket.write(`${JSON.stringify({ seq, body })}\n`)) await once(socket, 'drain')
      }
      while (lines < until) {
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    })
  } finally {
    socket.destroy()
    server.close()
  }
}

const bare = await bareSocket()
const row = (name: string, rate: number) =>
  console.log(`${name.padEnd(32)} ${Math.round(rate).toLocaleString('en').padStart(10)}/s ${(rate / bare).toFixed(2)}`)
row(`bare socket, ${bodyBytes} B`, bare)
for (const delivery of ['at-most-once', 'at-least-once'] as const)
  row(`template-mesh, ${delivery}`, await ours(delivery))

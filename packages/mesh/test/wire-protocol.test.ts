import { readFileSync } from 'node:fs'
import { createVirtualClock } from '@sm/core/testing'
import type { Delivery } from '@sm/core/transport'
import { expect, it } from 'vitest'
import {
  chunkBytes,
  mark,
  maxHeaderKinds,
  maxHelloBytes,
  maxKindBytes,
  maxPacketBytes,
  packet,
  wireMajor,
  wireMinor,
} from '../src/wire/packets/packet.ts'
import { createRawLink, RecordingHost } from './raw-peer.ts'
import { settle } from './world.ts'

const page = readFileSync(new URL('../../../docs/reference/wire-protocol.md', import.meta.url), 'utf8')

interface Block {
  readonly from: string
  readonly bytes: Buffer
}

/** The hex blocks of the page, in order. */
function blocks(): readonly Block[] {
  return [...page.matchAll(/^```hex (\w+) → \w+\n(.*?)^```$/gms)].map(([, from, body]) => {
    const rows = (body as string).split('\n').map(row => row.split(';', 1)[0] as string)
    return { from: from as string, bytes: Buffer.from(rows.join('').replaceAll(/\s/g, ''), 'hex') }
  })
}

it('the example of the wire protocol is what a link does, byte for byte', async () => {
  const host = new RecordingHost({}, createVirtualClock())
  const deliveries: Delivery[] = []
  const target = { kind: 'inbox', agent: 'billing', instance: undefined } as const
  host.consume({ target, group: 'billing', prefetch: 16, durable: false }, delivery => {
    deliveries.push(delivery)
    delivery.ack()
  })
  const { peer } = createRawLink(host)
  expect(blocks().map(({ from }) => from)).toContain('billing')
  for (const { from, bytes } of blocks()) {
    if (from === 'shop') peer.send(bytes)
    await settle()
    if (from === 'billing') expect(peer.take().toString('hex')).toBe(bytes.toString('hex'))
  }
  expect(peer.take()).toHaveLength(0)
  expect(host.end).toBe('bye')
  expect(peer.closed).toBe(true)
  expect(deliveries.map(({ frame }) => [frame.header.type, frame.header.to, frame.body.value()])).toEqual([
    ['order.placed', 'billing', { total: 12 }],
  ])
})

it('the page names every packet, with its kind', () => {
  const rows = [...page.matchAll(/^\| (\d+) \| `(\w+)` \|/gm)].map(([, kind, name]) => [name, Number(kind)])
  expect(rows).toEqual(Object.entries(packet))
})

it('the page gives the limits and the version that the code has', () => {
  for (const limit of [maxHelloBytes, maxPacketBytes, chunkBytes, maxKindBytes]) {
    expect(page).toContain(limit.toLocaleString('en'))
  }
  expect(page).toContain(`0 … ${maxHeaderKinds - 1})`)
  expect(page).toContain(`Version **${wireMajor}.${wireMinor}**`)
  const marks = [...page.matchAll(/^\| (\d) \| (at least once|the body is|the header is)/gm)].map(([, bit]) =>
    Number(bit),
  )
  expect(marks).toEqual(Object.values(mark))
})

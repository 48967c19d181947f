import { createVirtualClock } from '@sm/core/testing'
import { createSeededRandom } from '@sm/core/transport'
import { expect, it } from 'vitest'
import { PacketFilter } from './packet-filter.ts'

const heard = { address: '10.0.0.2', family: 'IPv4', port: 5_353, size: 100, scope: 'eth0' } as const

/** A packet with a header of twelve bytes, and a text in it. */
function packetOf(kind: 'question' | 'answer', text: string): Buffer {
  const head = Buffer.alloc(12)
  head[2] = kind === 'answer' ? 0x84 : 0
  return Buffer.concat([head, Buffer.from(text)])
}

function createFilter() {
  const clock = createVirtualClock()
  const passed: string[] = []
  const filter = new PacketFilter({
    clock,
    random: createSeededRandom(1),
    asked: ['_smartmessage', '_dns-sd'],
    answered: 'namespace=home',
    pass: packet => passed.push(packet.subarray(12).toString()),
  })
  const take = (...packets: readonly Buffer[]) => {
    for (const packet of packets) filter.take(packet, heard)
  }
  return { clock, passed, filter, take }
}

it('what concerns others is not read', async () => {
  const { clock, passed, take } = createFilter()
  take(
    packetOf('question', '_ipp._tcp'),
    packetOf('answer', '_ipp'),
    packetOf('answer', '_smartmessage namespace=work'),
  )
  take(Buffer.alloc(3))
  await clock.advance(100)
  expect(passed).toEqual([])
})

it('questions of a moment are answered together, a little later', async () => {
  const { clock, passed, filter, take } = createFilter()
  expect(filter.askedAt).toBe(Number.NEGATIVE_INFINITY)
  const question = packetOf('question', '_smartmessage._tcp')
  take(question, question, packetOf('question', '_dns-sd'), question)
  expect(passed).toEqual([])
  expect(filter.askedAt).toBe(clock.elapsed())
  await clock.advance(20)
  expect(passed).toEqual(['_smartmessage._tcp', '_dns-sd'])
  take(question)
  filter.close()
  await clock.advance(100)
  expect(passed).toHaveLength(2)
})

it('an answer that comes over several interfaces is read once, and again a second later', async () => {
  const { clock, passed, filter, take } = createFilter()
  const answer = packetOf('answer', 'namespace=home')
  take(answer, answer, answer)
  expect(passed).toHaveLength(1)
  take(packetOf('answer', 'another, namespace=home'))
  expect(passed).toHaveLength(2)
  await clock.advance(1_000)
  take(answer)
  expect(passed).toHaveLength(3)
  filter.reset()
  take(answer)
  expect(passed).toHaveLength(4)
})

it('a flood is forgotten, not kept', async () => {
  const { clock, passed, take } = createFilter()
  for (let i = 0; i < 5_000; i++) take(packetOf('question', `_smartmessage ${i}`))
  await clock.advance(20)
  expect(passed).toHaveLength(1_024)
})

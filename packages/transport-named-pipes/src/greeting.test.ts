import { createSeededRandom } from '@sm/core/testing'
import { describe, expect, it } from 'vitest'
import { formatGreeting, type Greeting, GreetingReader, maxGreetingBytes, parseGreeting } from './greeting.ts'

const link = '01JD0000000000000000000001'
const instance = '01JD0000000000000000000002'
const greeting: Greeting = { link, agent: 'shop', instance }
const line = formatGreeting(greeting)

function createReader() {
  const greetings: Greeting[] = []
  const told = { faults: 0 }
  const reader = new GreetingReader(
    one => greetings.push(one),
    () => {
      told.faults += 1
    },
  )
  return { reader, greetings, told, read: (text: string) => reader.read(Buffer.from(text, 'latin1')) }
}

describe('a greeting', () => {
  it('comes back as it was', () => {
    expect(line).toBe(`SM1 ${link} shop ${instance}\n`)
    expect(parseGreeting(line.trimEnd())).toEqual(greeting)
  })

  it('of the longest names goes into a pipe in one piece', () => {
    expect(formatGreeting({ ...greeting, agent: 'x'.repeat(63) }).length).toBeLessThanOrEqual(maxGreetingBytes)
    expect(maxGreetingBytes).toBeLessThanOrEqual(512)
  })

  it.each([
    '',
    line,
    `SM2 ${link} shop ${instance}`,
    `SM1 ../../etc/passwd shop ${instance}`,
    `SM1 ${link} Shop ${instance}`,
    `SM1 ${link} shop ${instance} more`,
    `SM1 ${link} shop`,
    `SM1 ${link.replace('0', 'U')} shop ${instance}`,
    `SM1 ${link}  shop ${instance}`,
    `SM1 ${link} shop/x ${instance}`,
  ])('is not %j', text => {
    expect(parseGreeting(text)).toBeUndefined()
  })
})

describe('a greeting reader', () => {
  it('finds greetings wherever the stream was split', () => {
    for (let at = 0; at <= 2 * line.length; at++) {
      const { read, greetings, told } = createReader()
      const stream = line + line
      read(stream.slice(0, at))
      read(stream.slice(at))
      expect(greetings).toEqual([greeting, greeting])
      expect(told.faults).toBe(0)
    }
  })

  it('drops what is no greeting up to the end of its line, and tells it once', () => {
    const { read, greetings, told } = createReader()
    read(`GET / HTTP/1.1\r\n${line}\n`)
    expect(greetings).toEqual([greeting])
    expect(told.faults).toBe(2)
  })

  it('keeps nothing of a line without an end, and reads on after it', () => {
    const { read, greetings, told } = createReader()
    for (let i = 0; i < 1_000; i++) read('x'.repeat(10_000))
    expect(told.faults).toBe(0)
    read(`${line}${line}`)
    expect(told.faults).toBe(1)
    expect(greetings).toEqual([greeting])
  })

  const mutations = process.env.SM_LONG === '1' ? 1_000_000 : 50_000
  it(`takes ${mutations} mutated greetings: only good ones count, and good ones still do`, { timeout: 300_000 }, () => {
    const random = createSeededRandom(Number(process.env.SM_SEED ?? 1))
    const below = (n: number) => random.uint32() % n
    const { reader, greetings, told } = createReader()
    let lines = 0
    let good = 0
    for (let i = 0; i < mutations; i++) {
      const bytes = Buffer.from(line, 'latin1')
      for (let n = below(3) + 1; n > 0; n--) bytes[below(bytes.length)] = random.uint32()
      const cut = below(bytes.length)
      const mutated = below(3) === 0 ? bytes.subarray(cut) : below(20) === 0 ? Buffer.alloc(below(2_000), 65) : bytes
      // A good one after each, on a line of its own.
      const stream = Buffer.concat([mutated, Buffer.from(`\n${line}`)])
      reader.read(stream.subarray(0, cut))
      reader.read(stream.subarray(cut))
      lines += stream.toString('latin1').split('\n').length - 1
      good += 1
    }
    expect(greetings.length).toBeGreaterThanOrEqual(good)
    expect(greetings.length + told.faults).toBe(lines)
    expect(told.faults).toBeGreaterThan(good / 2)
    expect(greetings.every(one => /^[a-z0-9][a-z0-9_-]*$/.test(one.agent) && /^[0-9A-Z]{26}$/.test(one.link))).toBe(
      true,
    )
  })
})

import { describe, expect, it } from 'vitest'
import { Names, placeName, queueName } from './names.ts'

const names = new Names('acme')
const pattern = (text: string) => ({ kind: 'pattern', pattern: text }) as const

describe('names', () => {
  it('of places and queues say whose they are', () => {
    expect(placeName({ kind: 'inbox', agent: 'billing' })).toBe('inbox:billing')
    expect(placeName({ kind: 'inbox', agent: 'billing', instance: '01J' })).toBe('inbox:billing/01J')
    expect(placeName({ kind: 'topic', topic: 'order.placed' })).toBe('topic:order.placed')
    expect(queueName({ group: 'billing/01J', target: pattern('order.*') })).toBe('billing/01J:topic:order.*')
  })

  it('all begin with the namespace in braces', () => {
    const all = [
      ...[names.version, names.bindings, names.leases, names.durable, names.dead, names.control],
      ...[names.queue('q'), names.members('q'), names.delayed('q'), names.producer('i'), names.wake('i')],
      names.channel('topic:a'),
    ]
    for (const name of all) expect(name).toMatch(/^\{acme\}:/)
    expect(new Set(all).size).toBe(all.length)
    expect(names.placeOf(names.channel('topic:a.b'))).toBe('topic:a.b')
  })

  it.each([
    ['order.placed', 'topic:order.placed', false],
    ['order.*', 'topic:order.*', true],
    ['order.#', 'topic:order*', true],
    ['#', 'topic:*', true],
    ['#.placed', 'topic:*placed', true],
    ['in.#.end', 'topic:in*.end', true],
  ])('the pattern %s asks for %s', (text, name, isGlob) => {
    expect(names.subscription(pattern(text))).toEqual({ name: `{acme}:${name}`, isGlob })
  })
})

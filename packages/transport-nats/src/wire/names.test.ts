import { matchesPattern } from '@sm/core/transport'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitsFilter, leftToReceivers, Names } from './names.ts'

const names = new Names('shop')
const pattern = (text: string) => ({ kind: 'pattern', pattern: text }) as const
const spec = (target: ReturnType<typeof pattern>, group = 'billing') => ({ target, group, prefetch: 1, durable: false })

describe('subjects', () => {
  it('begin with the namespace', () => {
    const inbox = { kind: 'inbox', agent: 'billing', instance: '01J' } as const
    expect(names.plain({ kind: 'topic', topic: 'order.placed' })).toBe('shop.topic.order.placed')
    expect(names.plain(inbox)).toBe('shop.inbox.billing.01J')
    expect(names.kept({ kind: 'topic', topic: 'order.placed' })).toBe('shop.js.topic.order.placed._')
    expect(names.kept({ kind: 'inbox', agent: 'billing' })).toBe('shop.js.inbox.billing._')
    expect(names.dead('shop.js.inbox.billing._')).toBe('shop.dead.inbox.billing')
    expect(names.topicOf('shop.js.topic.order.placed._', true)).toBe('order.placed')
    expect(names.topicOf('shop.topic.order.placed', false)).toBe('order.placed')
  })

  it.each([
    ['order.placed', ['order.placed'], 'order.placed._', true],
    ['order.*', ['order.*'], 'order.*._', true],
    ['#', ['>'], '>', true],
    ['order.#', ['order', 'order.>'], 'order.>', true],
    ['order.#.*', ['order.*', 'order.*.>'], 'order.*.>', true],
    ['order.#.#', ['order', 'order.>'], 'order.>', true],
    ['order.#.paid', ['order.>'], 'order.>', false],
    ['#.paid', ['>'], '>', false],
  ])('say %s as far as they can', (text, plain, kept, exact) => {
    expect(names.plainFilters(pattern(text))).toEqual(plain.map(filter => `shop.topic.${filter}`))
    expect(names.keptFilter(pattern(text))).toBe(`shop.js.topic.${kept}`)
    expect(leftToReceivers(pattern(text))).toBe(exact ? undefined : text)
  })

  const segment = fc.constantFrom('a', 'b', '*', '#')
  const patterns = fc.array(segment, { minLength: 1, maxLength: 5 }).map(segments => segments.join('.'))
  const topics = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 5 }).map(parts => parts.join('.'))

  it('and what is left to receivers fit just what the pattern fits, and no frame twice', () => {
    fc.assert(
      fc.property(patterns, topics, (text, topic) => {
        const wanted = matchesPattern(text, topic)
        const rest = leftToReceivers(pattern(text))
        const passes = rest === undefined || matchesPattern(rest, topic)
        const plain = names.plainFilters(pattern(text)).filter(filter => fitsFilter(filter, `shop.topic.${topic}`))
        const kept = fitsFilter(names.keptFilter(pattern(text)), names.kept({ kind: 'topic', topic }))
        expect(passes ? plain.length : 0).toBe(wanted ? 1 : 0)
        expect(passes && kept).toBe(wanted)
      }),
    )
  })
})

describe('a consumer', () => {
  it('has a name that can be read, and that the server takes', () => {
    const name = names.consumer(spec(pattern('order.#'), 'billing/01J'))
    expect(name).toMatch(/^billing_01J=order__-[0-9a-f]{12}$/)
    expect(names.consumer(spec(pattern('order.*'), 'billing/01J'))).not.toBe(name)
  })

  it('has a name of bounded length', () => {
    const long = Array.from({ length: 16 }, () => 'x'.repeat(11)).join('.')
    expect(names.consumer(spec(pattern(long), 'g'.repeat(63))).length).toBeLessThanOrEqual(120)
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isWildcard, matchesPattern } from './pattern.ts'

/** The rule, told as naively as it can be. */
function oracle(pattern: readonly string[], topic: readonly string[]): boolean {
  const [wanted, ...later] = pattern
  if (wanted === undefined) return topic.length === 0
  if (wanted === '#') return oracle(later, topic) || (topic.length > 0 && oracle(pattern, topic.slice(1)))
  if (topic.length === 0) return false
  return (wanted === '*' || wanted === topic[0]) && oracle(later, topic.slice(1))
}

const word = fc.constantFrom('a', 'b', 'ab')
const topic = fc.array(word, { minLength: 1, maxLength: 7 })
const pattern = fc.array(fc.oneof(word, fc.constantFrom('*', '#')), { minLength: 1, maxLength: 7 })

describe('a pattern', () => {
  it('fits what a naive reading of the rule says', () => {
    fc.assert(
      fc.property(pattern, topic, (segments, words) => {
        expect(matchesPattern(segments.join('.'), words.join('.'))).toBe(oracle(segments, words))
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    ['order.placed', 'order.placed', true],
    ['order.placed', 'order.shipped', false],
    ['order.placed', 'order', false],
    ['order', 'order.placed', false],
    ['*', 'order', true],
    ['*', 'order.placed', false],
    ['order.*', 'order.placed', true],
    ['order.*', 'order', false],
    ['order.*', 'order.placed.twice', false],
    ['*.placed', 'order.placed', true],
    ['#', 'order.placed.twice', true],
    ['order.#', 'order', true],
    ['order.#', 'order.placed.twice', true],
    ['order.#', 'orders.placed', false],
    ['#.placed', 'placed', true],
    ['#.placed', 'order.placed.late', false],
    ['a.#.z', 'a.z', true],
    ['a.#.z', 'a.b.c.z', true],
    ['a.#.*.z', 'a.z', false],
    ['#.#', 'a', true],
  ])('%s and %s: %s', (wanted, given, fits) => {
    expect(matchesPattern(wanted, given)).toBe(fits)
  })

  it('takes no longer for a pattern made to be slow', () => {
    const slow = `${Array(15).fill('#').join('.')}.z`
    expect(matchesPattern(slow, Array(16).fill('a').join('.'))).toBe(false)
  })

  it('is a wildcard when it can fit more than one topic', () => {
    expect(['a.*', '#', 'a.#.b'].every(isWildcard)).toBe(true)
    expect(['a', 'a.b'].some(isWildcard)).toBe(false)
  })
})

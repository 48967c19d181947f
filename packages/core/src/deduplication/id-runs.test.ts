import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IdRuns } from './id-runs.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** An id of ours that was the `counter`th of its millisecond. */
function ulid(sender: string, counter: number): string {
  let end = ''
  for (let rest = counter, i = 0; i < 4; i++, rest >>= 5) end = alphabet[rest & 31] + end
  return `01JQSENDER000000000000${end}`.replace('SENDER', sender.padEnd(6, '0'))
}

describe('ids of one sender', () => {
  it('that follow each other are added as the next', () => {
    const ids = new IdRuns()
    expect(ids.addNext(ulid('A', 1))).toBe(false)
    expect(ids.add(ulid('A', 1))).toBe(true)
    expect([2, 3, 32, 4].map(n => ids.addNext(ulid('A', n)))).toEqual([true, true, false, true])
    expect(ids.addNext(ulid('B', 5))).toBe(false)
    expect([0, 1, 2, 3, 4, 5].map(n => ids.has(ulid('A', n)))).toEqual([false, true, true, true, true, false])
    expect(ids.size).toBe(4)
  })

  it('may be there, or follow, only where one of the same millisecond is', () => {
    const ids = new IdRuns()
    ids.add(ulid('A', 7))
    expect([ulid('A', 900), ulid('B', 7), 'an id of another kind'].map(id => ids.mayHold(id))).toEqual([
      true,
      false,
      false,
    ])
  })
})

const id = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.constantFrom('A', 'B'), fc.integer({ min: 0, max: 12 })).map(([s, n]) => ulid(s, n)),
  },
  fc.constantFrom(
    '',
    'order-7',
    `${'-'.repeat(22)}0001`,
    `${' '.repeat(22)}0001`,
    'I'.repeat(26),
    `${'0'.repeat(25)}é`,
    ulid('A', 3).toLowerCase(),
  ),
)
const step = fc.record({ kind: fc.constantFrom('add', 'add', 'addNext', 'delete'), id })

it('a set of ids agrees with a plain set, whatever is added and deleted', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), steps => {
      const [ids, plain] = [new IdRuns(), new Set<string>()]
      for (const { kind, id } of steps) {
        if (kind === 'delete') {
          ids.delete(id)
          plain.delete(id)
        } else if (kind === 'add') {
          expect(ids.add(id)).toBe(!plain.has(id))
          plain.add(id)
        } else if (ids.addNext(id)) {
          expect(plain.has(id)).toBe(false)
          plain.add(id)
        }
        expect(ids.size).toBe(plain.size)
        expect(ids.has(id)).toBe(plain.has(id))
      }
      for (const each of plain) expect(ids.has(each)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

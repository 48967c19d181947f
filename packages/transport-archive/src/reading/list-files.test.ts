import { describe, expect, it } from 'vitest'
import { type FoundFile, inOrder } from './list-files.ts'

const file = (instance: string, sequence: number, begunAt: number): FoundFile => ({
  ...{ instance, sequence, begunAt, namespace: 'default', agent: 'shop', compress: 'none' },
  name: `${instance}${sequence}`,
})

const ordered = (...files: readonly FoundFile[]) => inOrder(files).map(({ name }) => name)

describe('the order of files', () => {
  it('is that in which they were begun, over all instances', () => {
    expect(ordered(file('b', 1, 30), file('a', 2, 40), file('a', 1, 10), file('c', 1, 20))).toEqual([
      'a1',
      'c1',
      'b1',
      'a2',
    ])
  })

  it('is that of their numbers within an instance, also where its clock was set back', () => {
    expect(ordered(file('a', 3, 70), file('a', 2, 20), file('b', 1, 60), file('a', 1, 50))).toEqual([
      'a1',
      'a2',
      'b1',
      'a3',
    ])
    expect(ordered(file('a', 10, 1), file('a', 9, 1))).toEqual(['a9', 'a10'])
  })
})

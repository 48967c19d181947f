import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Deque } from './deque.ts'

type Step = { readonly push: number } | 'shift' | 'drain'

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ push: fc.integer() }) },
  { weight: 4, arbitrary: fc.constant<Step>('shift') },
  { weight: 1, arbitrary: fc.constant<Step>('drain') },
)

it('a deque does what a list does, through growing and wrapping around', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: 'max' }), steps => {
      const deque = new Deque<number>()
      const list: number[] = []
      for (const next of steps) {
        if (next === 'shift') expect(deque.shift()).toBe(list.shift())
        else if (next === 'drain') expect(deque.drain()).toEqual(list.splice(0))
        else {
          deque.push(next.push)
          list.push(next.push)
        }
        expect(deque.length).toBe(list.length)
      }
      expect(deque.drain()).toEqual(list)
    }),
  )
})

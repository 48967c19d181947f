import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FewMap } from './few-map.ts'

describe('a map of few entries', () => {
  it('is a map, however many entries come and go', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), key)), steps => {
        const few = new FewMap<number>()
        const model = new Map<string, number>()
        for (const [n, [adds, name]] of steps.entries()) {
          if (!adds) {
            expect(few.take(name)).toBe(model.get(name))
            model.delete(name)
          } else if (!model.has(name)) {
            few.add(name, n)
            model.set(name, n)
          }
          expect(few.size).toBe(model.size)
          expect(few.has(name)).toBe(model.has(name))
          expect(few.keys().sort()).toEqual([...model.keys()].sort())
        }
      }),
    )
  })
})

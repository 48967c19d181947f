import { expect, test } from 'vitest'
import { digestOf } from './probe.ts'

test('a digest holds the mean and the peak of each figure', () => {
  const samples = [
    { used: 0.2, load: 1 },
    { used: 0.6, load: 4 },
  ]
  expect(digestOf(samples)).toEqual({ mean: { used: 0.4, load: 2.5 }, peak: { used: 0.6, load: 4 } })
})

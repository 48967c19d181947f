import { expect, test } from 'vitest'
import { median, percentile, slope, spread } from './statistics.ts'

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('the spread is the distance of the extremes as a part of the median', () => {
  expect(spread([90, 100, 110])).toBe(0.2)
})

test('a percentile is the nearest rank', () => {
  const sorted = Array.from({ length: 100 }, (_, i) => i + 1)
  expect(percentile(sorted, 0.5)).toBe(50)
  expect(percentile(sorted, 0.99)).toBe(99)
  expect(percentile([7], 0.99)).toBe(7)
})

test('the slope is that of the line of least squares', () => {
  expect(
    slope([
      [0, 1],
      [1, 3],
      [2, 5],
    ]),
  ).toBe(2)
  expect(
    slope([
      [0, 4],
      [1, 4],
      [2, 4],
    ]),
  ).toBe(0)
})

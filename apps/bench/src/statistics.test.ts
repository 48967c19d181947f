import { expect, test } from 'vitest'
import { median, middleHalf, percentile, slope, spread } from './statistics.ts'

test('the median is the middle value, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 3, 2])).toBe(2.5)
})

test('the spread is the distance of the extremes as a part of the median', () => {
  expect(spread([90, 100, 110])).toBe(0.2)
})

test('the middle half lies between the quartiles', () => {
  expect(middleHalf([7, 1, 6, 2, 5, 3, 4, 8])).toEqual([2, 6])
  expect(middleHalf([3])).toEqual([3, 3])
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

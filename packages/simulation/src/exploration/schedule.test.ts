import { expect, it } from 'vitest'
import { fromSchedule, toSchedule } from './schedule.ts'

it.each([
  [[], 'first'],
  [[0, 0], 'first'],
  [[1], '0.1'],
  [[0, 0, 0, 2, 1, 0, 4, 0], '3.2-0.1-1.4'],
])('the choices %j are written %s', (choices, text) => {
  expect(toSchedule(choices)).toBe(text)
  expect(toSchedule(fromSchedule(text) ?? [1])).toBe(text)
})

it.each(['', '3', '3.', 'a.b', '1.1,2.1', '1.1-'])('%j is no schedule', text => {
  expect(fromSchedule(text)).toBeUndefined()
})

import { expect, it } from 'vitest'
import { RecentNumbers } from './recent-numbers.ts'

it('a number is new once, until so many others have come that it is forgotten', () => {
  const numbers = new RecentNumbers()
  expect([numbers.isNew(1), numbers.isNew(1), numbers.isNew(2)]).toEqual([true, false, true])
  for (let number = 3; number <= 1_026; number++) expect(numbers.isNew(number)).toBe(true)
  expect([numbers.isNew(1_026), numbers.isNew(1)]).toEqual([false, true])
})

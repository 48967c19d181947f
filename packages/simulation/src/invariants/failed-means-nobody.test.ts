import { expect, it } from 'vitest'
import { handlingOf, historyOf, publishOf } from '../../test/histories.ts'
import { failedMeansNobody } from './failed-means-nobody.ts'

it('a publish that is said to have failed was handled', () => {
  const history = historyOf({ publishes: [publishOf({ outcome: 'failed' })], handlings: [handlingOf()] })
  expect(failedMeansNobody(history).map(({ what }) => what)).toEqual([
    'Publish #1 is said to have failed, and was handled',
  ])
})

it('is kept where its outcome is unknown', () => {
  const history = historyOf({ publishes: [publishOf({ outcome: 'unknown' })], handlings: [handlingOf()] })
  expect(failedMeansNobody(history)).toEqual([])
})

import { expect, it } from 'vitest'
import { historyOf, processOf, publishOf } from '../../test/histories.ts'
import { everyPublishEnds } from './every-publish-ends.ts'

const { endedAt: _, outcome: __, ...open } = publishOf()
const shop = processOf({ agent: 'shop', instance: 'SHOP1' })

it('a publish hangs', () => {
  expect(everyPublishEnds(historyOf({ publishes: [open], processes: [shop] })).map(({ what }) => what)).toEqual([
    'Publish #1 has not ended',
  ])
})

it('is kept where it has ended, and where its process has', () => {
  expect(everyPublishEnds(historyOf({ publishes: [publishOf({ outcome: 'unknown' })], processes: [shop] }))).toEqual([])
  const processes = [{ ...shop, end: 'crashed', endedAt: 200 } as const]
  expect(everyPublishEnds(historyOf({ publishes: [open], processes }))).toEqual([])
})

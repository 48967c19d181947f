import { describe, expect, it } from 'vitest'
import type { Group, Groups } from '../groups/groups.ts'
import { Names } from '../wire/names.ts'
import { AddressLane } from './address-lane.ts'

/** A group whose queue had the frames above `after`, up to `until`. */
const group = (after: number, until: number) => ({ name: `${after}-${until}`, after, until }) as Group

function laneOf(...wanting: readonly Group[]): AddressLane {
  const groups = { version: 0, wanting: () => wanting, reached: () => wanting.length } as unknown as Groups
  return new AddressLane({ kind: 'topic', topic: 'order.placed' }, new Names('shop'), groups)
}

describe('the copies of a frame', () => {
  it('are as many as there are groups that were there when it was stored', () => {
    const there = group(4, Number.POSITIVE_INFINITY)
    const later = group(7, Number.POSITIVE_INFINITY)
    const gone = group(0, 5)
    const lane = laneOf(there, later)
    expect(lane.copies(5, [gone]), 'the one that has gone since had it').toBe(2)
    expect(lane.copies(6, [gone]), 'the one that had gone before did not').toBe(1)
    expect(lane.copies(7, []), 'nor did the one that came later').toBe(1)
    expect(lane.copies(8, [there])).toBe(2)
  })

  it('are not known where nobody can tell how long a group was there', () => {
    const lost = group(0, Number.NaN)
    expect(laneOf().copies(3, [lost])).toBeUndefined()
    expect(laneOf(group(0, Number.POSITIVE_INFINITY)).copies(3, [lost])).toBe(1)
  })
})

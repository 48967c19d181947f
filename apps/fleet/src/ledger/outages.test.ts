import { beforeEach, expect, test } from 'vitest'
import { Outages } from './outages.ts'

let outages: Outages

beforeEach(() => {
  outages = new Outages()
  outages.begin(1_000)
})

const handle = (wire: string, ...times: readonly number[]) => times.map(at => outages.handled(at, wire, true))

test('messages are counted by the wire that brought them before a kill, meanwhile and after', () => {
  expect(handle('named-pipes', 1_100, 1_200)).toEqual(['before', 'before'])
  outages.killed('named-pipes', 1_250)
  expect(handle('lanet', 1_300)).toEqual(['gone'])
  outages.mended(1_400)
  expect(handle('named-pipes', 1_500)).toEqual(['after'])
  outages.end(2_000)
  expect(outages.list().outages).toEqual([
    {
      wire: 'named-pipes',
      atMs: 250,
      goneMs: 150,
      before: { 'named-pipes': 2 },
      meanwhile: { lanet: 1 },
      after: { 'named-pipes': 1 },
      longestGapMs: 200,
    },
  ])
})

test('what is told late counts for the time in which it happened', () => {
  outages.killed('lanet', 1_500)
  expect(handle('lanet', 1_499)).toEqual(['before'])
  outages.mended(1_600)
  expect(handle('named-pipes', 1_550)).toEqual(['gone'])
})

test('the longest gap is that of the work, whoever tells first', () => {
  handle('lanet', 500, 1_300, 1_200, 2_000)
  outages.end(2_100)
  handle('lanet', 9_000)
  expect(outages.list()).toEqual({ outages: [], longestGapMs: 700 })
})

test('what stays within a process is no progress of a wire', () => {
  handle('lanet', 1_100)
  outages.handled(1_200, 'memory', false)
  handle('lanet', 1_400)
  expect(outages.list().longestGapMs).toBe(300)
  expect(outages.now).toEqual({ wire: undefined, over: { lanet: 2, memory: 1 } })
})

test('gaps are found among more moments than are held', () => {
  for (let at = 1_001; at < 6_000; at++) if (at < 4_000 || at > 4_030) handle('lanet', at)
  expect(outages.list().longestGapMs).toBe(32)
})

import { createVirtualClock } from '@sm/core/testing'
import { describe, expect, it } from 'vitest'
import { formatFileName } from '../files/file-name.ts'
import { filesToRemove } from './retention.ts'

const [own, other] = ['01JD0000000000000000000001', '01JD0000000000000000000002'] as const
const day = 86_400_000

const named = (instance: string, sequence: number, begunAt: number, agent = 'shop', namespace = 'default') =>
  formatFileName({ instance, sequence, begunAt, agent, namespace, compress: 'none' })

describe('files that are too many', () => {
  const clock = createVirtualClock()
  const now = clock.now()
  const context = { namespace: 'default', agent: 'shop', instance: own, clock }
  const tooMany = (names: readonly string[], maxFiles: number) =>
    filesToRemove(names, context, { maxFiles, maxFileAgeMs: day })

  it('are the oldest of the agent, over its instances, and of no other agent or namespace', () => {
    const mine = [named(other, 1, now - 40), named(own, 1, now - 30), named(other, 2, now - 20), named(own, 2, now)]
    const foreign = [named(own, 1, 0, 'desk'), named(own, 1, 0, 'shop', 'elsewhere'), 'notes.txt']
    expect(tooMany([...foreign, ...mine.toReversed()], 2)).toEqual(mine.slice(0, 2))
    expect(tooMany([...foreign, ...mine], 4)).toEqual([])
  })

  it('are never the file that this instance writes', () => {
    expect(tooMany([named(own, 1, 0), named(other, 1, now), named(other, 2, now)], 1)).toEqual([named(other, 1, now)])
  })

  it('are the newest of another instance only once it can no longer be open', () => {
    const [open, closed] = [named(other, 1, now - 2 * day), named(other, 1, now - 2 * day - 1)]
    expect(tooMany([open, named(own, 1, now)], 1)).toEqual([])
    expect(tooMany([closed, named(own, 1, now)], 1)).toEqual([closed])
  })
})

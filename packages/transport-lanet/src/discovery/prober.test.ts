import { expect, it } from 'vitest'
import { createNeighbourhood, refusal } from '../../test/discovery/neighbourhood.ts'
import { isRefusal } from './prober.ts'

it('who answers is told, unless it is this side itself', async () => {
  const { prober, residents, found } = createNeighbourhood()
  residents.set('a:1', 'PEER').set('b:1', 'SELF')
  expect(await prober.ask('a:1', 'peers', 100)).toBe('PEER')
  expect(await prober.ask('b:1', 'peers', 100)).toBe('SELF')
  expect(found).toEqual([['PEER', 'a:1', 'peers']])
})

it('an agent of another namespace is none', async () => {
  const { prober, residents, found, state } = createNeighbourhood()
  residents.set('a:1', 'PEER')
  state.namespace = 'work'
  await expect(prober.ask('a:1', 'scan', 100)).rejects.toMatchObject({ code: 'SM_LANET_PEER' })
  expect(found).toEqual([])
})

it('silence ends with the time that it is given, and at the end', async () => {
  const { prober, clock } = createNeighbourhood()
  const late = expect(prober.ask('a:1', 'peers', 100)).rejects.toMatchObject({ code: 'SM_LANET_PEER' })
  await clock.advance(100)
  await late
  const ended = expect(prober.ask('a:1', 'peers', 100)).rejects.toMatchObject({ name: 'AbortError' })
  prober.close()
  await ended
  expect(clock.pending).toBe(0)
})

it('a refusal is known however deep it is, and other failures are none', () => {
  expect(isRefusal(refusal())).toBe(true)
  expect(isRefusal(new AggregateError([refusal(), refusal()]))).toBe(true)
  expect(isRefusal(new AggregateError([refusal(), new Error('unreachable')]))).toBe(false)
  expect(isRefusal(new Error('x', { cause: { code: 'EHOSTUNREACH' } }))).toBe(false)
  expect(isRefusal(undefined)).toBe(false)
})

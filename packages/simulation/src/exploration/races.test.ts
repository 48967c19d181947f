import { expect, it } from 'vitest'
import { type Happened, racesOf } from './races.ts'

const event = (name: string, touched: string | undefined, given: Partial<Happened> = {}): Happened => ({
  ...{
    name,
    cause: -1,
    isLast: false,
    isOptional: false,
    footprint: touched === undefined ? undefined : new Set(touched.split('')),
  },
  ...given,
})

it('two events that touch the same thing race, and the later one could come instead', () => {
  expect(racesOf([event('a', 'x'), event('b', 'x')])).toEqual([{ at: 0, instead: ['b'] }])
})

it('events that touch nothing in common do not', () => {
  expect(racesOf([event('a', 'x'), event('b', 'y')])).toEqual([])
})

it('nor do those of one thread, nor one and what it has brought about', () => {
  expect(racesOf([event('a', 'x'), event('a', 'x')])).toEqual([])
  expect(racesOf([event('a', 'x'), event('b', 'x', { cause: 0 })])).toEqual([])
})

it('what another event has put in order does not race', () => {
  expect(racesOf([event('a', 'xy'), event('b', 'y'), event('c', 'xy')])).toEqual([
    { at: 0, instead: ['b'] },
    { at: 1, instead: ['c'] },
  ])
})

it('what has to come before the later one comes instead', () => {
  const events = [event('a', 'x'), event('b', 'y'), event('c', 'x', { cause: 1 })]
  expect(racesOf(events)).toEqual([{ at: 0, instead: ['b'] }])
})

it('time that goes on when nothing else can does not race, and parts what is before it from what is after', () => {
  const time = event('time', undefined, { isLast: true })
  expect(racesOf([event('a', 'x'), time, event('b', 'x')])).toEqual([{ at: 1, instead: ['b'] }])
})

it('what is tried at every point is not moved behind what follows', () => {
  expect(racesOf([event('fault', 'x', { isOptional: true }), event('a', 'x')])).toEqual([])
  expect(racesOf([event('a', 'x'), event('fault', 'x', { isOptional: true })])).toHaveLength(1)
})

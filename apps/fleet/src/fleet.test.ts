import { expect, test } from 'vitest'
import { processesOf, toOrders } from './fleet.ts'
import { resources } from './messages.ts'

const plan = { forMs: 1, transports: ['memory'], archive: 'archive.jsonl' }

test.each([1, 2, 3, 4, 5, 9])('%i probes leave no resource unread, and none of them idle', probes => {
  const probing = toOrders({ ...plan, probes }).filter(({ role }) => role === 'probe')
  expect(probing).toHaveLength(probes)
  for (const { settings } of probing) expect(settings.resources.length).toBeGreaterThan(0)
  const read = new Set(probing.flatMap(({ settings }) => settings.resources))
  expect([...read].sort()).toEqual([...resources].sort())
})

test('those who listen join before those who speak', () => {
  const roles = toOrders({ ...plan, probes: 1 }).map(({ role }) => role)
  expect(roles).toEqual(['scribe', 'desk', 'watch', 'watch', 'probe', 'visitor'])
})

test('the visitor lives beside the desk, and everybody else alone', () => {
  expect(processesOf({ ...plan, probes: 4 })).toBe(8)
  expect(toOrders({ ...plan, probes: 4 }).filter(({ beside }) => beside)).toMatchObject([
    { agent: 'visitor', beside: 'desk' },
  ])
})

test('an order is plain data, so that another process can take it', () => {
  const orders = toOrders({ ...plan, probes: 4 })
  expect(structuredClone(orders)).toEqual(orders)
  expect(JSON.parse(JSON.stringify(orders))).toEqual(orders)
})

import { expect, test } from 'vitest'
import { judge, type Report } from './records.ts'

const ok = (n: number, to: string) => ({ n, to, outcome: 'ok', over: 'lanet' }) as const
const nothing: Report = { published: [], handled: [] }

test('what was acknowledged and not handled by whom it was for is lost', () => {
  const a: Report = { published: [ok(1, 'b'), ok(2, 'b'), ok(3, 'c')], handled: [] }
  const b: Report = { published: [], handled: [{ n: 1, from: 'a', over: 'nats' }] }
  const c: Report = { published: [], handled: [{ n: 2, from: 'a', over: 'nats' }] }
  expect(judge({ a, b, c })).toEqual({ published: 3, lost: ['2 a → b', '3 a → c'], twice: [], notOk: [] })
})

test('what was handled again, over whatever wire, was handled twice', () => {
  const a: Report = { published: [ok(1, 'b')], handled: [] }
  const handled = ['nats', 'lanet'].map(over => ({ n: 1, from: 'a', over }))
  expect(judge({ a, b: { published: [], handled } })).toMatchObject({ lost: [], twice: ['1 a → b'] })
})

test('a publish that was not acknowledged is told, whether it arrived or not', () => {
  const published = [{ n: 1, to: 'b', outcome: 'unknown', over: 'SM_PUBLISH_TIMEOUT' }] as const
  expect(judge({ a: { published, handled: [] }, b: nothing })).toEqual({
    ...{ published: 1, lost: [], twice: [] },
    notOk: ['1 a → b: unknown, SM_PUBLISH_TIMEOUT'],
  })
})

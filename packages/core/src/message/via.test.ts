import { describe, expect, it } from 'vitest'
import { defineMessage } from './define-message.ts'
import { unchecked } from './schema.ts'
import { checkVia, type Via } from './via.ts'

const schema = unchecked<number>()

describe('a via is refused, with what is wrong with it,', () => {
  it.each<[string, unknown, string]>([
    ['that is an unknown word', 'both', 'is both, which is none of first, all, any, quorum, spread'],
    ['that is nothing', null, 'none of first'],
    ['that is a number', 2, 'none of first'],
    ['that is a list', ['any'], 'none of first'],
    ['with an option that there is not', { quorum: 2, of: 3 }, 'none of first'],
    ['without its option', {}, 'none of first'],
    ['that is a quorum of one', { quorum: 1 }, 'is a quorum of 1, and it takes a whole number of 2 or more'],
    ['that is a quorum of none', { quorum: 0 }, 'is a quorum of 0'],
    ['that is a quorum of a part', { quorum: 2.5 }, 'is a quorum of 2.5'],
    ['that is a quorum of no number', { quorum: Number.NaN }, 'is a quorum of NaN'],
    ['that is a quorum without end', { quorum: Number.POSITIVE_INFINITY }, 'is a quorum of Infinity'],
    ['that is a quorum of a text', { quorum: '2' }, 'is a quorum of 2'],
    ['that is a quorum of nothing', { quorum: undefined }, 'is a quorum of undefined'],
  ])('%s', (_what, via, why) => {
    const refusal = expect.objectContaining({
      code: 'SM_ROUTE_POLICY',
      message: expect.stringContaining(why),
      details: { outcome: 'failed' },
    })
    expect(() => checkVia('a publish of note', via as Via)).toThrow(refusal)
    expect(() => defineMessage('note', { schema, via: via as Via })).toThrow(refusal)
  })
})

it('a definition keeps its via, and shares it with its actions', () => {
  const via = { quorum: 2 }
  const Note = defineMessage('note', { schema, via, actions: ['send'] })
  via.quorum = 3
  expect([Note.via, Note.send.via]).toEqual([{ quorum: 2 }, { quorum: 2 }])
  expect(Object.isFrozen(Note.via)).toBe(true)
})

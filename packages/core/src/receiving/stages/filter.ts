import { types } from 'node:util'
import { smError } from '../../errors/index.ts'
import type { Header } from '../../message/index.ts'
import type { SenderFilter } from '../../settings/index.ts'
import type { Stage } from './stage.ts'

export interface FilterOptions {
  /** Handle only what these agents send. Default: anyone. */
  readonly from?: SenderFilter | undefined
  /** Handle only messages addressed to this agent (`direct`), or only broadcasts. Default: both. */
  readonly only?: 'direct' | 'broadcast' | undefined
}

type Test = (header: Header) => boolean

function senderTest(filter: SenderFilter): Test {
  const tests = (Array.isArray(filter) ? filter : [filter]) as readonly (string | RegExp)[]
  for (const test of tests) {
    if (typeof test !== 'string' && !types.isRegExp(test)) {
      throw smError('SM_SUBSCRIPTION_OPTIONS', 'The filter "from" is not a text, a RegExp or a list of them')
    }
  }
  return ({ from }) => {
    const agent = from.split('/', 1)[0]
    return tests.some(test => {
      if (typeof test === 'string') return test === agent || test === from
      // A global or sticky expression remembers where it stopped; a filter must not.
      test.lastIndex = 0
      return test.test(from)
    })
  }
}

/** Lets through what the subscription asked for. Without options it adds no step. */
export function filter({ from, only }: FilterOptions): Stage {
  const tests: Test[] = []
  if (from !== undefined) tests.push(senderTest(from))
  if (only === 'direct') tests.push(header => header.to !== undefined)
  if (only === 'broadcast') tests.push(header => header.to === undefined)
  if (tests.length === 0) return next => next
  return next => job => (tests.every(test => test(job.header)) ? next(job) : 'ignored')
}

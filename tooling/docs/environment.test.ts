import { expect, it } from 'vitest'
import { variableRows, variablesIn } from './environment.ts'

const reader = {
  path: 'packages/core/src/a.ts',
  text: `const { SM_A } = process.env\nconst b = process.env.SM_A ?? env['SM_B']`,
}

it('finds the variables that sources read, and who reads them', () => {
  const test = { path: 'packages/core/src/a.test.ts', text: 'process.env.SM_TEST' }
  expect([...variablesIn([reader, test])]).toEqual([
    ['SM_A', new Set(['packages/core'])],
    ['SM_B', new Set(['packages/core'])],
  ])
})

it('asks for a description of each, and for a reader of each description', () => {
  const uses = variablesIn([reader])
  expect(variableRows(uses, { SM_A: 'First.', SM_B: 'Second.' })).toEqual([
    ['`SM_A`', 'First.', '`packages/core`'],
    ['`SM_B`', 'Second.', '`packages/core`'],
  ])
  expect(() => variableRows(uses, { SM_A: 'First.' })).toThrow('reads SM_B')
  expect(() => variableRows(uses, { SM_A: '', SM_B: '', SM_C: '' })).toThrow('describes SM_C')
})

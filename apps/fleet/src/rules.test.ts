import { expect, test } from 'vitest'
import { judge, judgeSample } from './rules.ts'

const calm = { number: 2, mean: { used: 0.2 }, peak: { used: 0.3 } }

test('a calm machine raises no alert', () => {
  expect(judge({ resource: 'cpu', ...calm })).toBeUndefined()
  expect(judgeSample('memory', { used: 0.5 })).toBeUndefined()
})

test('the first digest of a resource says that it is being watched', () => {
  expect(judge({ resource: 'disk', ...calm, number: 1 })).toEqual({
    severity: 'notice',
    text: 'disk is being watched',
  })
})

test('of several rules that apply, the most severe speaks', () => {
  expect(judge({ resource: 'memory', number: 2, mean: { used: 0.97 }, peak: { used: 0.97 } })).toEqual({
    severity: 'critical',
    text: 'memory is taken to 97 %',
  })
})

test('a peak is a notice, a high mean a warning', () => {
  const peak = { used: 1 }
  expect(judge({ resource: 'cpu', number: 2, mean: { used: 0.4 }, peak })?.severity).toBe('notice')
  expect(judge({ resource: 'cpu', number: 2, mean: { used: 0.85 }, peak })?.severity).toBe('warning')
})

test('a figure that a system does not tell raises no alert', () => {
  expect(judge({ resource: 'network', number: 2, mean: { interfaces: 1 }, peak: { interfaces: 1 } })).toBeUndefined()
})

test('memory that runs out cannot wait for a digest', () => {
  expect(judgeSample('memory', { used: 0.99 })?.severity).toBe('critical')
  expect(judgeSample('cpu', { used: 1 })).toBeUndefined()
})

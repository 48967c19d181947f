import { expect, it } from 'vitest'
import { transportOptionsIn } from './transport-options.ts'

const map = {
  path: 'packages/transport-x/src/x.ts',
  text: `declare module '@sm/core/options' {\n  interface TransportOptionsMap {\n    'x-y': XOptions\n  }\n}`,
}

it('finds the options of transports where they are declared', () => {
  const options = { path: 'packages/transport-x/src/options.ts', text: 'export interface XOptions {}' }
  const other = { path: 'packages/transport-z/src/options.ts', text: 'export interface XOptions {}' }
  expect(transportOptionsIn([other, map, options])).toEqual([
    { transport: 'x-y', name: 'XOptions', path: 'packages/transport-x/src/options.ts' },
  ])
})

it('says when a package does not declare what it gives', () => {
  expect(() => transportOptionsIn([map])).toThrow('XOptions, which packages/transport-x does not declare')
})

import { expect, it } from 'vitest'
import { changesetFaults } from './changesets.ts'

const core = { manifest: { name: '@sm/core', version: '0.0.0' } }
const released = { manifest: { name: '@sm/mesh', version: '1.2.0' } }

it('asks for a changeset of a package that was never released, and of no other', () => {
  expect(changesetFaults([], [core, released])).toEqual([expect.stringContaining('@sm/core was never released')])
  const first = { id: 'first', summary: 'Agents.', releases: [{ name: '@sm/core' }] }
  expect(changesetFaults([first], [core, released])).toEqual([])
})

it('refuses a changeset for a package that does not exist, and one without words', () => {
  const stray = { id: 'stray', summary: '', releases: [{ name: '@sm/cord' }] }
  expect(changesetFaults([stray], [released])).toHaveLength(2)
})

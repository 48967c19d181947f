import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { apiEntries, convert, undocumented } from './api.ts'

it('has a page for every entry of every package that holds code', () => {
  const specifiers = apiEntries().map(({ specifier }) => specifier)
  expect(specifiers).toContain('@sm/core')
  expect(specifiers).toContain('@sm/core/transport')
  expect(specifiers).toContain('@sm/transport-named-pipes')
  expect(specifiers.filter(each => each.endsWith('package.json'))).toEqual([])
})

it('tells the exports that say nothing of themselves', { timeout: 60_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sm-api-test-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const source = join(directory, 'index.ts')
  const documented = '/** One. */\nexport const one = 1\n/** Does. */\nexport function does(): void {}\n'
  const silent = 'export interface Silent { field: string }\nexport type Quiet = string\nexport class Mute {}\n'
  await writeFile(join(directory, 'package.json'), '{ "name": "example", "version": "1.0.0" }')
  await writeFile(source, documented + silent)
  const { project } = await convert(
    [{ specifier: 'example', packageName: 'example', source, path: 'index.ts' }],
    directory,
  )
  expect([...undocumented(project)].sort()).toEqual(['Mute', 'Quiet', 'Silent'])
})

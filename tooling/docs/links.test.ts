import { expect, it } from 'vitest'
import { workspacePackages } from '../workspace/packages.ts'
import { papers } from './codes.ts'
import { brokenLinks } from './links.ts'

it('links of the papers lead somewhere', () => {
  expect(papers().flatMap(brokenLinks)).toEqual([])
})

it('a link to a file or a heading that is not there is told, in code it is none', () => {
  const text = '[a](nowhere.md) [b](README.md#no-such-heading) [c](README.md#packages) [d](https://x.test) `[e](f.md)`'
  expect(brokenLinks({ path: 'paper.md', text })).toEqual([
    'paper.md: nowhere.md',
    'paper.md: README.md#no-such-heading',
  ])
})

it('the README has a row for each package and app', () => {
  const readme = papers().find(({ path }) => path === 'README.md')?.text ?? ''
  const missing = workspacePackages().filter(({ path }) => !readme.includes(`](${path})`))
  expect(missing.map(({ path }) => path)).toEqual([])
})

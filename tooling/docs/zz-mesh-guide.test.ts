import { expect, it } from 'vitest'
import { papers } from './codes.ts'
import { runSnippet, snippetsOf, type Snippet } from './snippets.ts'
const guide = 'docs/guides/mesh.md'
const suite = `
import { runSuite } from './packages/transport-conformance/src/suite.ts'
const dir2 = mkdtempSync(join(tmpdir(), 'board-'))
const { rules } = await runSuite({ name: 'board', open: context => board.definition.create({ directory: dir2 }, context), largestFrameBytes: capabilities.maxFrameBytes })
const broken = rules.filter(({ result }) => result !== 'pass' && result !== 'else')
console.log(JSON.stringify({ rules: rules.length, broken: broken.map(({ id, reason }) => id + ' ' + reason) }))
`
it('x', { timeout: 200_000 }, async () => {
  const text = papers().find(({ path }) => path === guide)?.text ?? ''
  const snippet = snippetsOf(guide, text)[0] as Snippet
  const r = await runSnippet({ ...snippet, code: snippet.code + suite })
  console.log(r.output, r.errors.slice(0, 2000))
})

import { expect, it } from 'vitest'
import { papers } from './codes.ts'
import { runSnippet, type Snippet, snippetsOf } from './snippets.ts'

const guide = 'docs/guides/write-a-transport.md'

/** Runs the suite on the transport that the code before it defines, and prints the rules that it breaks. */
const suite = `
import { runSuite } from './packages/transport-conformance/src/suite.ts'

const { rules } = await runSuite({
  name: 'pigeon',
  open: context => pigeon.definition.create({}, context),
  largestFrameBytes: capabilities.maxFrameBytes,
})
const broken = rules.filter(({ result }) => result !== 'pass' && result !== 'else')
console.log(JSON.stringify({ rules: rules.length, broken: broken.map(({ id, reason }) => id + ' ' + reason) }))
`

it('the transport of the guide passes the conformance suite', { timeout: 60_000 }, async () => {
  const text = papers().find(({ path }) => path === guide)?.text ?? ''
  const snippet = snippetsOf(guide, text).find(({ code }) => code.includes('defineTransport<')) as Snippet
  const { output, errors } = await runSnippet({ ...snippet, code: snippet.code + suite })
  expect(errors).toBe('')
  const { rules, broken } = JSON.parse(output.split('\n').at(-1) ?? '')
  expect(broken).toEqual([])
  expect(rules).toBeGreaterThan(50)
})

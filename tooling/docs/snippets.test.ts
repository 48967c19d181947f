import { describe, expect, it } from 'vitest'
import { papers } from './codes.ts'
import { runSnippet, snippetsOf } from './snippets.ts'
import { typeFaults } from './typecheck.ts'

const snippets = papers().flatMap(({ path, text }) => snippetsOf(path, text))

describe.concurrent('the code of the papers', () => {
  for (const snippet of snippets) {
    it(`${snippet.place} runs and prints what it says`, async () => {
      const { code, output, errors } = await runSnippet(snippet)
      expect(errors).toBe('')
      expect(code).toBe(0)
      if (snippet.expected !== undefined) expect(output).toBe(snippet.expected)
    })
  }
})

it('the code of the papers has no fault of types', () => {
  expect(typeFaults(snippets)).toEqual([])
})

it('the README and every guide have code that runs', () => {
  const quiet = papers()
    .filter(({ path }) => path === 'README.md' || path.startsWith('docs/guides/'))
    .filter(({ path, text }) => snippetsOf(path, text).length === 0)
  expect(quiet.map(({ path }) => path)).toEqual([])
})

describe('the search for snippets', () => {
  const markdown = ['# T', '```ts run', 'one', '```', 'so:', '```text', 'out', '```', '```ts', 'no', '```'].join('\n')

  it('takes blocks that are marked, and what they must print', () => {
    expect(snippetsOf('a.md', markdown)).toEqual([{ place: 'a.md:2', code: 'one', expected: 'out' }])
  })

  it('is able to fail: a wrong type and a wrong run are told', async () => {
    const wrong = {
      place: 'a.md:2',
      code: `const n: number = 'seven'\nthrow new Error(String(n))`,
      expected: undefined,
    }
    expect(typeFaults([wrong])).toEqual([expect.stringContaining('a.md:3 Type')])
    expect((await runSnippet(wrong)).code).toBe(1)
  })
})

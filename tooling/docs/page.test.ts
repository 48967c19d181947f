import { expect, it } from 'vitest'
import { page, table } from './page.ts'

it('keeps a cell in its cell', () => {
  expect(table(['type', 'meaning'], [[`'a' | 'b'`, 'one\n  or the other']])).toBe(
    `| type | meaning |\n| --- | --- |\n| 'a' \\| 'b' | one or the other |`,
  )
})

it('says of a page that it is generated', () => {
  const { path, text } = page('docs/reference/x.md', 'Title', ' part one', 'part two\n')
  expect(path).toBe('docs/reference/x.md')
  expect(text).toMatch(/^<!-- Generated .* -->\n\n# Title\n\npart one\n\npart two\n$/)
})

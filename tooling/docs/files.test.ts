import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { leftoverPages, stalePages, writePages } from './files.ts'

it('tells pages that are missing or changed, and none once they are written', async () => {
  const base = await mkdtemp(join(tmpdir(), 'sm-docs-'))
  try {
    const pages = [
      { path: 'docs/reference/a.md', text: 'a\n' },
      { path: 'docs/reference/b.md', text: 'b\n' },
    ]
    expect(await stalePages(pages, base)).toEqual(pages)
    await writePages(pages, base)
    expect(await stalePages(pages, base)).toEqual([])
    await writeFile(join(base, 'docs/reference/b.md'), 'changed by hand\n')
    expect(await stalePages(pages, base)).toEqual([pages[1]])
    expect(await leftoverPages(pages, 'docs/reference', base)).toEqual([])
    expect(await leftoverPages(pages.slice(1), 'docs/reference', base)).toEqual(['docs/reference/a.md'])
  } finally {
    await rm(base, { recursive: true })
  }
})

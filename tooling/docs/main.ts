/**
 * `pnpm run docs` writes the generated pages of the reference; with `--check` nothing is written, and a page that is not
 * as it would be written fails.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../workspace/root.ts'
import { apiDirectory } from './api.ts'
import { leftoverPages, stalePages, writePages } from './files.ts'
import { generatedPages } from './pages.ts'

const pages = await generatedPages()
const stale = await stalePages(pages, root)
const leftover = await leftoverPages(pages, apiDirectory, root)
if (process.argv.includes('--write')) {
  await writePages(stale, root)
  for (const path of leftover) await rm(join(root, path))
  console.log(`${pages.length} pages, ${stale.length} written, ${leftover.length} removed`)
} else if (stale.length + leftover.length > 0) {
  const paths = [...stale.map(({ path }) => path), ...leftover]
  console.error(`Not as the sources say: ${paths.join(', ')}. Run "pnpm run docs".`)
  process.exitCode = 1
}

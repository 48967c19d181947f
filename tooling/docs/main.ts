/**
 * `pnpm run docs` writes the generated pages of the reference; with `--check` nothing is written, and a page that is not
 * as it would be written fails.
 */
import { root } from '../workspace/root.ts'
import { stalePages, writePages } from './files.ts'
import { generatedPages } from './pages.ts'

const pages = await generatedPages()
const stale = await stalePages(pages, root)
if (process.argv.includes('--write')) {
  await writePages(stale, root)
  console.log(`${pages.length} pages, ${stale.length} written`)
} else if (stale.length > 0) {
  console.error(`Not as the sources say: ${stale.map(({ path }) => path).join(', ')}. Run "pnpm run docs".`)
  process.exitCode = 1
}

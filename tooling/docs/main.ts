/**
 * `pnpm run docs` writes the generated pages of the reference; with `--check` nothing is written, and a page that is not as
 * it would be written fails.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { root } from '../workspace/root.ts'
import type { Page } from './page.ts'
import { generatedPages } from './pages.ts'

async function isCurrent({ path, text }: Page): Promise<boolean> {
  try {
    return (await readFile(join(root, path), 'utf8')) === text
  } catch {
    return false
  }
}

async function write({ path, text }: Page): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true })
  await writeFile(join(root, path), text)
}

const pages = await generatedPages()
const stale: Page[] = []
for (const each of pages) if (!(await isCurrent(each))) stale.push(each)

if (process.argv.includes('--write')) {
  for (const each of stale) await write(each)
  console.log(`${pages.length} pages, ${stale.length} written`)
} else if (stale.length > 0) {
  console.error(`Not as the sources say: ${stale.map(({ path }) => path).join(', ')}. Run "pnpm run docs".`)
  process.exitCode = 1
}

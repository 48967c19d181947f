import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Page } from './page.ts'

async function isCurrent({ path, text }: Page, base: string): Promise<boolean> {
  try {
    return (await readFile(join(base, path), 'utf8')) === text
  } catch {
    return false
  }
}

/** The pages that are missing below `base`, or are not as they would be written. */
export async function stalePages(pages: readonly Page[], base: string): Promise<readonly Page[]> {
  const current = await Promise.all(pages.map(each => isCurrent(each, base)))
  return pages.filter((_, i) => !current[i])
}

/** Pages that stand in a generated directory and that nothing makes any more. */
export async function leftoverPages(
  pages: readonly Page[],
  directory: string,
  base: string,
): Promise<readonly string[]> {
  const made = new Set(pages.map(({ path }) => path))
  const standing = await readdir(join(base, directory), { recursive: true }).catch(() => [])
  return standing
    .map(name => `${directory}/${name.replaceAll('\\', '/')}`)
    .filter(path => path.endsWith('.md') && !made.has(path))
}

/** Writes pages below `base`. */
export async function writePages(pages: readonly Page[], base: string): Promise<void> {
  for (const { path, text } of pages) {
    await mkdir(dirname(join(base, path)), { recursive: true })
    await writeFile(join(base, path), text)
  }
}

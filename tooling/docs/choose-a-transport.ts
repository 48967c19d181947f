import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace/root.ts'
import { benchmarkFiles, measuredTable } from './measured.ts'
import type { Page } from './page.ts'

const path = 'docs/guides/choose-a-transport.md'

/** A paper written by hand with one part of it generated: what stands between two comments. */
export function withPart(paper: string, name: string, part: string): string {
  const begin = `<!-- ${name}: written by "pnpm run docs" -->`
  const end = `<!-- end of ${name} -->`
  const [before, rest] = paper.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`There is no place for "${name}": ${begin} … ${end}`)
  return `${before}${begin}\n\n${part}\n\n${end}${after}`
}

/** The guide that helps to choose, with what was measured. */
export function chooseTransportPage(): Page {
  return { path, text: withPart(readFileSync(join(root, path), 'utf8'), 'figures', measuredTable(benchmarkFiles())) }
}

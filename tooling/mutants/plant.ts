import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../workspace/root.ts'
import type { OneLine } from './one-line.ts'

/** Throws unless the line stands in its file, once: a mutant that changes nothing would survive everything. */
export function requirePlace({ name, file, from }: OneLine): void {
  const places = readFileSync(join(root, file), 'utf8').split(from).length - 1
  if (places !== 1) throw new Error(`The mutant "${name}" wants one place for its line in ${file}, which has ${places}`)
}

/** Plants a fault in what tests load, and leaves the file alone. */
export function plant({ file, from, to }: OneLine) {
  const path = join(root, file)
  return {
    name: 'one-line-mutant',
    enforce: 'pre' as const,
    transform: (code: string, id: string) => (id.split('?', 1)[0] === path ? code.replace(from, () => to) : undefined),
  }
}

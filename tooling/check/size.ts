import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from '../workspace/root.ts'
import type { StepResult } from './steps.ts'

/**
 * Most bytes of what an entry of core brings into a bundle, minified and gzipped. Core itself is 48 KB at most, of 1,024
 * bytes each; its transport, and what authors of transports need, are entries of their own.
 */
const budgets = { index: 48 * 1024, memory: 8.5 * 1024, 'transport-author': 20 * 1024 } as const

/** The size of a built entry in a bundle: minified and gzipped, without the packages it leaves to the application. */
export async function bundledBytes(entry: string, external: readonly string[]): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    external: [...external],
    logLevel: 'silent',
  })
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0)
}

/** Holds core to its size. */
export async function checkSize(): Promise<StepResult> {
  const notes: string[] = []
  const faults: string[] = []
  for (const [entry, most] of Object.entries(budgets)) {
    const bytes = await bundledBytes(join(root, `packages/core/dist/${entry}.js`), ['msgpackr'])
    notes.push(`${entry} ${(bytes / 1024).toFixed(1)} of ${most / 1024}`)
    if (bytes > most) faults.push(`${entry} of @sm/core has ${bytes} bytes, and ${most} are its budget`)
  }
  return { ok: faults.length === 0, output: faults.join('\n'), note: `${notes.join(', ')} KiB minified and gzipped` }
}

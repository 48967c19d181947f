import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from '../workspace/root.ts'
import type { StepResult } from './steps.ts'

/** Most bytes of what `import '@sm/core'` brings into a bundle, minified and gzipped. */
const maxCoreBytes = 26 * 1024

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
  const entry = join(root, 'packages/core/dist/index.js')
  const bytes = await bundledBytes(entry, ['msgpackr', '@standard-schema/spec'])
  const note = `@sm/core ${(bytes / 1024).toFixed(1)} of ${maxCoreBytes / 1024} KiB minified and gzipped`
  return { ok: bytes <= maxCoreBytes, output: 'It is too large for a light core.', note }
}

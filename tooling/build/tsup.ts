import { defineConfig, type Options } from 'tsup'

/** How every package is built: ESM for Node 22 and later, with types and source maps. */
export const build = (entry: Record<string, string>, options: Partial<Options> = {}) =>
  defineConfig({
    entry,
    format: 'esm',
    target: 'node22',
    dts: true,
    sourcemap: true,
    clean: true,
    splitting: true,
    treeshake: true,
    removeNodeProtocol: false,
    ...options,
  })

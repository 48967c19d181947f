import { defineConfig, type Options } from 'tsup'

/** How every package is built: ESM for Node 22 and later, with types and source maps. */
export const build = (entry: Record<string, string>, options: Partial<Options> = {}) =>
  defineConfig({
    entry,
    format: 'esm',
    target: 'node22',
    // Against what other packages publish, and not against their sources.
    dts: { compilerOptions: { customConditions: [] } },
    sourcemap: true,
    clean: true,
    splitting: true,
    // `node:sqlite` and its like exist under that prefix alone.
    removeNodeProtocol: false,
    // The sources are in the package: its maps point to them instead of holding a copy.
    esbuildOptions(esbuild) {
      esbuild.sourcesContent = false
    },
    ...options,
  })

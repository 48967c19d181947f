import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongFirst } from './tooling/test/long-first.ts'

const conditions = ['@sm/source', 'node', 'import', 'module', 'default']

const units = 'packages/*/src/**/*.test.ts'
/** What is registered belongs to the process: its tests have one to themselves. */
const registry = 'packages/core/src/registry/*.test.ts'

// Processes of tests take over what those before them have compiled: that is half of the time in which one starts.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/compile', import.meta.url))

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    projects: [
      // Units of packages share a process: to start one for each of them takes longer than they do.
      { extends: true, test: { name: 'units', include: [units], exclude: [registry], isolate: false } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: [
            registry,
            'packages/*/test/**/*.test.ts',
            'packages/*/templates/*/test/**/*.test.ts',
            'apps/*/{src,test}/**/*.test.ts',
            'tooling/**/*.test.ts',
            'docs/**/*.test.ts',
          ],
        },
      },
    ],
    reporters: ['default', './tooling/test/counts-reporter.ts'],
    sequence: { sequencer: LongFirst },
    // Handlers of tests fail on purpose: what agents say of it would bury what tests say.
    env: { SM_LOG: 'silent' },
    // Most tests wait for servers, processes and timers of their own: three files side by side bear it on two cores.
    maxWorkers: Math.min(4, Math.max(3, availableParallelism() - 1)),
    // What waits for others waits for as long as it takes: this ends hangs, also where two cores are shared with much else.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})

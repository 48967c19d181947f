import type { KnipConfig } from 'knip'

const config: KnipConfig = {
  // A type in the signature of an exported function may be exported with it, whether or not anybody names it yet.
  ignoreExportsUsedInFile: { interface: true, type: true },
  workspaces: {
    '.': {
      // Compiled by a step of the check on its own.
      entry: ['tooling/check/built-types/*.ts'],
      // Two commands that the check runs by name, and what code in the papers imports.
      ignoreDependencies: ['@arethetypeswrong/cli', 'publint', 'zod', '@sm/mesh', '@sm/transport-named-pipes'],
    },
    'packages/transport-named-pipes': {
      // Run by the tests as processes of their own.
      entry: ['test/programs/*.ts'],
    },
  },
}

export default config

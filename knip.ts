import type { KnipConfig } from 'knip'

const config: KnipConfig = {
  // A type in the signature of an exported function may be exported with it, whether or not anybody names it yet.
  ignoreExportsUsedInFile: { interface: true, type: true },
  workspaces: {
    '.': {
      // Compiled by a step of the check on its own, or run by name.
      entry: [
        'tooling/check/built-types/*.ts',
        'tooling/docs/asyncapi-reader.ts',
        'tooling/mutants/{main,vitest.config}.ts',
        // Run by its path, between the hosts of a test.
        'tooling/netns/wire.ts',
      ],
      // Of the system: it makes networks, and stands between the hosts of a test.
      ignoreBinaries: ['ip', 'socat'],
      // Two commands that the check runs by name, and what code in the papers imports.
      ignoreDependencies: [
        '@arethetypeswrong/cli',
        'publint',
        'zod',
        '@sm/bridge',
        '@sm/simulation',
        ...['amqp', 'archive', 'lanet', 'nats', 'websocket'].map(name => `@sm/transport-${name}`),
      ],
    },
    'apps/bench': {
      // The process of a subject, run by its path: in another revision, too.
      entry: ['src/worker.ts'],
    },
    'apps/failover': {
      // The processes of a cell, run by their path.
      entry: ['src/ends/{sender,receiver}.ts', 'test/two-lans/neighbour.ts', 'test/crowd/agents.ts'],
    },
    'packages/simulation': {
      // A process with a slip in its source, and what plants it, run by their path.
      entry: ['test/{find-seed,load-with-bug}.ts'],
    },
    'packages/bridge': {
      // Run by the tests as processes of their own.
      entry: ['test/programs/*.ts'],
    },
    'packages/brokered': {
      // Run by the fault runs of the transports that stand on it, as processes of their own.
      entry: ['test/faults/programs/*.ts'],
    },
    ...Object.fromEntries(
      // Of the system: it makes the certificates of tests.
      ['redis', 'nats', 'amqp'].map(name => [`packages/transport-${name}`, { ignoreBinaries: ['openssl'] }]),
    ),
    'packages/transport-archive': {
      entry: ['test/programs/*.ts'],
      // Of the system: they give a test a small disk of its own, read what we compress, and tell what is synced.
      ignoreBinaries: ['mount', 'strace', 'umount', 'zstd'],
    },
    'packages/transport-lanet': {
      entry: ['test/programs/*.ts'],
    },
    'packages/transport-conformance': {
      // The process of a peer, run by its path.
      entry: ['src/processes/peer.ts'],
    },
    'packages/create-transport': {
      // Templates that it copies; each is a package of its own.
      entry: ['templates/*/{src/index,bench/*,*.config}.ts'],
    },
    'packages/transport-websocket': {
      entry: ['test/programs/*.ts'],
      // Of the system: they make the networks and certificates of tests.
      ignoreBinaries: ['ip', 'openssl'],
    },
    'packages/transport-named-pipes': {
      // Run by the tests as processes of their own.
      entry: ['test/programs/*.ts'],
    },
  },
}

export default config

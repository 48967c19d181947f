import { build } from '../../tooling/build/tsup.ts'

export default build(
  {
    index: 'src/index.ts',
    'transport-author': 'src/transport-author.ts',
    options: 'src/options.ts',
    memory: 'src/memory/index.ts',
    describe: 'src/describe/index.ts',
    errors: 'src/errors/catalogue.ts',
    msgpack: 'src/codec/msgpack.ts',
    testing: 'src/testing.ts',
  },
  {
    // Plugins augment `@sm/core/options`: its interface must stand in that module alone, and not in a shared chunk.
    external: ['@sm/core/options'],
    // That module is its own, so its types come from its sources.
    dts: true,
  },
)

import type { Answers } from './answers.ts'
import { rangeOf } from './versions.ts'

const descriptions = {
  mesh: 'between agents, without a broker',
  brokered: 'through a broker',
} as const

/** Which of our packages a kind stands on. */
const toolkits = { mesh: '@sm/mesh', brokered: '@sm/brokered' } as const

function ranges(names: readonly string[], workspace: boolean): Readonly<Record<string, string>> {
  const range = (name: string) => (workspace && name.startsWith('@sm/') ? 'workspace:^' : rangeOf(name))
  return Object.fromEntries([...names].sort().map(name => [name, range(name)]))
}

/** The package.json of a new package. */
export function toManifest({ names, kind, repository, author, license }: Answers): string {
  const { kebab, packageName } = names
  const inRepo = repository !== undefined
  const tools = ['@types/node', 'msgpackr', 'tsup', 'typescript', 'vitest']
  const manifest = {
    name: packageName,
    version: '0.0.0',
    description: `SmartMessage transport ${descriptions[kind]}: ${kebab}.`,
    keywords: inRepo ? undefined : ['smartmessage', 'smartmessage-transport', 'transport', kebab],
    license,
    author: author || undefined,
    type: 'module',
    // Importing it registers the transport: a bundler must not leave that out.
    sideEffects: ['./dist/*.js', `./src/${kebab}.ts`],
    engines: { node: '^22.18 || >=24' },
    files: ['dist', 'src', '!src/**/*.test.ts', 'CHANGELOG.md'],
    // Where it was built can be shown only by those who build it in public.
    publishConfig: { access: 'public', provenance: inRepo || undefined },
    exports: {
      '.': {
        '@sm/source': inRepo ? './src/index.ts' : undefined,
        types: './dist/index.d.ts',
        default: './dist/index.js',
      },
      './package.json': './package.json',
    },
    scripts: inRepo
      ? { build: 'tsup', bench: 'node --conditions=@sm/source bench/one-way.ts' }
      : {
          build: 'tsup',
          types: 'tsc',
          test: 'vitest run',
          check: 'npm run types && npm test && npm run build',
          bench: 'node bench/one-way.ts',
          prepublishOnly: 'npm run check',
        },
    dependencies: ranges([toolkits[kind]], inRepo),
    peerDependencies: ranges(['@sm/core'], inRepo),
    devDependencies: ranges(['@sm/core', '@sm/transport-conformance', ...(inRepo ? ['vitest'] : tools)], inRepo),
  }
  return `${JSON.stringify(manifest, undefined, 2)}\n`
}

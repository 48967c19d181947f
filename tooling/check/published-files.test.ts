import { expect, it } from 'vitest'
import { type PublishedManifest, publishedFaults } from './published-files.ts'

const manifest: PublishedManifest = {
  name: '@sm/transport-x',
  version: '0.0.0',
  description: 'A wire.',
  license: 'MIT',
  type: 'module',
  engines: { node: '^22.18 || >=24' },
  files: ['dist', 'src', 'CHANGELOG.md'],
  sideEffects: ['./dist/*.js', './src/x.ts'],
  exports: {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  peerDependencies: { '@sm/core': '^1.2.0' },
  publishConfig: { access: 'public', provenance: true },
}

const texts: Readonly<Record<string, string>> = {
  LICENSE: '',
  'README.md': '',
  'package.json': '',
  'dist/index.js': 'var x = defineTransport({',
  'dist/index.js.map': '{ "sources": ["../src/x.ts"] }',
  'dist/index.d.ts': '',
  'src/x.ts': 'export const x = defineTransport({',
}

function faults(changes: Partial<PublishedManifest> = {}, files = texts): readonly string[] {
  return publishedFaults({
    manifest: { ...manifest, ...changes },
    files: Object.keys(files),
    read: path => files[path] ?? '',
  })
}

function without(path: string) {
  const { [path]: _gone, ...rest } = texts
  return rest
}

it('finds nothing in a package that is as it should be', () => {
  expect(faults()).toEqual([])
})

it.each<[string, Partial<PublishedManifest>]>([
  ['publishConfig.access', { publishConfig: { provenance: true } }],
  ['publishConfig.provenance', { publishConfig: { access: 'public' } }],
  ['no licence', { license: 'ISC' }],
  ['among its files', { files: ['dist'] }],
  ['no CHANGELOG.md', { version: '1.0.0' }],
  ['"module"', { type: 'commonjs' }],
  ['runs on Node', { engines: { node: '>=20' } }],
  ['must be a peer', { dependencies: { '@sm/core': '^1.0.0' } }],
  ['only this workspace knows', { dependencies: { '@sm/mesh': 'workspace:^' } }],
  ['narrows the peer range', { peerDependencies: { '@sm/core': '1.2.0' } }],
  ['which files have side effects', { sideEffects: true }],
  ['src/gone.ts among its side effects', { sideEffects: ['./dist/*.js', './src/x.ts', './src/gone.ts'] }],
])('says where it is not: %s', (fault, changes) => {
  expect(faults(changes)).toEqual([expect.stringContaining(fault)])
})

it('names the file that registers itself and is not among the side effects', () => {
  expect(faults({ sideEffects: ['./dist/*.js'] })).toEqual([expect.stringContaining('registers something in src/x.ts')])
  expect(faults({ sideEffects: false })).toHaveLength(2)
})

it.each([
  ['LICENSE', 'LICENSE'],
  ['dist/index.d.ts', 'no types for the entry .'],
  ['dist/index.js.map', 'no source map of dist/index.js'],
  ['README.md', 'README.md'],
])('misses %s', (path, fault) => {
  expect(faults({}, without(path))).toEqual([expect.stringContaining(fault)])
})

it('misses a source that a map points to', () => {
  const files = { ...texts, 'dist/index.js.map': '{ "sources": ["../src/x.ts", "../src/gone.ts"] }' }
  expect(faults({}, files)).toEqual([expect.stringContaining('to src/gone.ts')])
})

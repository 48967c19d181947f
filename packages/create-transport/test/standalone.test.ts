import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { npmCache } from '../../../tooling/publishing/node-versions.ts'
import { packPackages } from '../../../tooling/publishing/pack.ts'
import { type Registry, startRegistry } from '../../../tooling/publishing/registry.ts'
import { run } from '../../../tooling/workspace/run.ts'

const packages = ['core', 'mesh', 'brokered', 'transport-conformance', 'create-transport'].map(name => `@sm/${name}`)

let directory: string
let registry: Registry

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sm-standalone-'))
  // npm keeps what it has run by name and version, and would run the create-transport of an earlier test.
  await rm(join(npmCache, '_npx'), { recursive: true, force: true })
  const tarballs = await packPackages(packages, join(directory, 'tarballs'))
  const { output } = await run('npm', ['config', 'get', 'registry'], { cwd: directory })
  registry = await startRegistry({ tarballs, upstream: output.trim().split('\n').at(-1) ?? '' })
}, 300_000)

afterAll(async () => {
  await registry?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

/** Runs npm as a user does, whose `@sm` packages come from the registry of the test. */
async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
  const env = {
    npm_config_cache: npmCache,
    'npm_config_@sm:registry': registry.url,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_prefer_offline: 'true',
    npm_config_yes: 'true',
  }
  const { code, output } = await run('npm', args, { cwd, env })
  assert.equal(code, 0, `npm ${args.join(' ')} failed:\n${output}`)
  return output
}

let last: Promise<unknown> = Promise.resolve()

/** One after the other: npm keeps what it runs in one place, where two that begin at once would meet. */
function create(cwd: string, ...args: readonly string[]): Promise<string> {
  const created = last.then(() => npm(cwd, 'create', '@sm/transport', ...args))
  last = created.catch(() => undefined)
  return created
}

describe.concurrent('npm create @sm/transport', () => {
  // One test for each rule and codec; those of a mesh also with each peer in a process of its own.
  it.each([
    ['mesh', /Tests +2\d\d passed/],
    ['brokered', /Tests +17\d passed/],
  ])('makes a package of the kind %s that is whole at once', { timeout: 300_000 }, async (kind, tests) => {
    const home = join(directory, `transport-${kind}-wire`)
    const at = await mkdtemp(join(directory, `${kind}-`))
    await writeFile(join(at, 'package.json'), '{ "private": true }')
    const options = ['--kind', kind, '--scope', '@acme', '--author', 'Ada', '--license', 'MIT', '--directory', home]
    await create(at, `${kind}-wire`, '--', ...options, '--yes')
    await npm(home, 'install')
    // Types, the conformance suite, the build: what its own CI runs.
    const checked = await npm(home, 'run', 'check')
    assert.match(checked, tests)
    assert.ok(existsSync(join(home, 'dist/index.d.ts')))
    // As somebody else would use what it has built.
    const program = `
      import { createAgent } from '@sm/core'
      import { ${kind}Wire } from '@acme/transport-${kind}-wire'
      await using agent = await createAgent('solo', { transports: ['${kind}-wire'] })
      console.log(${kind}Wire.definition.name, (await agent.health()).transports['${kind}-wire'].state)`
    await writeFile(join(home, 'try.mjs'), program)
    const { output } = await run(process.execPath, ['try.mjs'], { cwd: home })
    assert.equal(output.trim(), `${kind}-wire ready`)
    const { name } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'))
    assert.equal(name, `@acme/transport-${kind}-wire`)
  })
})

import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../../tooling/workspace/root.ts'
import { run } from '../../../tooling/workspace/run.ts'

const main = join(root, 'packages/create-transport/src/main.ts')
const sibling = 'packages/transport-named-pipes'
const own = join(root, 'packages/create-transport')

/** A repository like this one, which a test may write to: its packages are the ones of this. */
let repository: string
beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'sm-repository-'))
  for (const file of [
    'package.json',
    'pnpm-workspace.yaml',
    'tsconfig.json',
    'biome.json',
    'vitest.config.ts',
    '.gitignore',
  ]) {
    cpSync(join(root, file), join(repository, file))
  }
  // Without this, Biome looks for the repository that the ignored files are of.
  mkdirSync(join(repository, '.git'))
  mkdirSync(join(repository, '.changeset'))
  mkdirSync(join(repository, 'packages'))
  for (const file of ['node_modules', 'tooling', 'packages/core', 'packages/mesh', 'packages/transport-conformance']) {
    symlinkSync(join(root, file), join(repository, file))
  }
})
afterAll(() => rmSync(repository, { recursive: true }))

const create = (...args: readonly string[]) =>
  run(process.execPath, ['--conditions=@sm/source', main, ...args], { cwd: repository })

/** With `SM_LONG=1` all rules, else those of three groups: all hold for the templates in place, and for a stranger's package. */
const isLong = process.env.SM_LONG === '1'

describe('a package of the repository', () => {
  it.each(['mesh', 'brokered'])('of the kind %s is as the repository wants it', { timeout: 300_000 }, async kind => {
    const folder = `transport-zeppelin-${kind}`
    const directory = join(repository, 'packages', folder)
    const made = await create(`zeppelin-${kind}`, '--kind', kind, '--yes')
    assert.equal(made.code, 0, made.output)
    const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
    assert.equal(manifest.name, `@sm/${folder}`)
    assert.equal(manifest.peerDependencies['@sm/core'], 'workspace:^')
    // As the packages that are there: the check asks it of all that are published.
    const { files, publishConfig, engines, type } = JSON.parse(
      readFileSync(join(root, sibling, 'package.json'), 'utf8'),
    )
    assert.deepEqual(
      { files, publishConfig, engines, type },
      {
        files: manifest.files,
        publishConfig: manifest.publishConfig,
        engines: manifest.engines,
        type: manifest.type,
      },
    )
    assert.match(readFileSync(join(repository, '.changeset', `first-${folder}.md`), 'utf8'), /minor/)
    assert.ok(!existsSync(join(directory, 'tsconfig.json')), 'It has settings of its own')
    // The work of an install: it links the packages that it names.
    symlinkSync(join(own, 'node_modules'), join(directory, 'node_modules'))
    const config = {
      extends: './tsconfig.json',
      include: ['src', 'test', 'bench'].map(of => `packages/${folder}/${of}`),
    }
    writeFileSync(join(repository, `tsconfig.${kind}.json`), JSON.stringify(config))
    const [lint, types, conformance] = await Promise.all([
      run('biome', ['check', '--error-on-warnings', directory], { cwd: repository }),
      run('tsc', ['-p', `tsconfig.${kind}.json`], { cwd: repository }),
      run('vitest', ['run', `packages/${folder}`, '-t', isLong ? 'with json' : 'with json.*(CAP|DEL|FLT)-'], {
        cwd: repository,
      }),
    ])
    expect(lint).toMatchObject({ code: 0 })
    expect(types).toEqual({ code: 0, output: '' })
    // One for each rule, and in a mesh one more with each peer in a process of its own.
    const rules = isLong ? 85 : 27
    expect(conformance.output).toMatch(new RegExp(`\\b${kind === 'mesh' ? 2 * rules : rules} passed, 0 failed`))
  })

  it('is not made where one of its name is', async () => {
    assert.match((await create('zeppelin-mesh', '--yes')).output, /not an empty folder/)
    assert.match((await create('zeppelin-mesh', '--yes', '--directory', 'elsewhere')).output, /already/)
    assert.ok(!existsSync(join(repository, 'elsewhere')))
  })
})

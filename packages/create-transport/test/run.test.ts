import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, it } from 'vitest'
import { run } from '../src/run.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sm-create-'))
})
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

/** Runs the program as a command line does; with lines, somebody sits at the terminal and types them. */
async function create(line: string, { at = cwd, lines }: { at?: string; lines?: string } = {}) {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const args = line.split(' ').filter(Boolean)
  const running = run({ args, cwd: at, input, output, errors, interactive: lines !== undefined, year: 2030 })
  input.end(lines)
  const code = await running
  output.end()
  errors.end()
  return { code, output: await text(output), errors: await text(errors) }
}

/** Everything below a directory. */
const filesIn = (directory: string) => readdirSync(directory, { recursive: true }).map(String).sort()

describe('a new package', () => {
  it('stands on its own, with all that it needs', async () => {
    const { code, output } = await create('pigeon --yes --author Ada')
    assert.equal(code, 0)
    assert.match(output, /npm install/)
    const home = join(cwd, 'sm-transport-pigeon')
    const files = filesIn(home)
    for (const file of [
      ...['package.json', 'README.md', 'LICENSE', '.gitignore', 'tsconfig.json', 'tsup.config.ts', 'vitest.config.ts'],
      ...['src/index.ts', 'src/pigeon.ts', 'src/pigeon-driver.ts', 'test/harness.ts', 'test/conformance.test.ts'],
      ...['bench/one-way.ts', '.changeset/first-release.md', '.github/workflows/ci.yml'],
    ]) {
      assert.ok(files.includes(file), `${file} is missing`)
    }
    assert.match(readFileSync(join(home, 'LICENSE'), 'utf8'), /\(c\) 2030 Ada/)
    const manifest = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
    assert.equal(manifest.name, 'sm-transport-pigeon')
    assert.match(manifest.peerDependencies['@sm/core'], /^\^\d+\.\d+\.\d+$/)
    assert.ok(!JSON.stringify(manifest).includes('workspace:'))
    assert.equal(statSync(home).mode & 0o055, 0o055, 'Others cannot read it')
  })

  it('goes into an empty folder, under the names that were given', async () => {
    mkdirSync(join(cwd, 'here'))
    const { code } = await create('pigeon -y --kind brokered --scope @acme --license Apache-2.0 --directory here')
    assert.equal(code, 0)
    const manifest = JSON.parse(readFileSync(join(cwd, 'here/package.json'), 'utf8'))
    assert.equal(manifest.name, '@acme/transport-pigeon')
    assert.equal(manifest.license, 'Apache-2.0')
    assert.ok('@sm/brokered' in manifest.dependencies)
    assert.ok(!existsSync(join(cwd, 'here/LICENSE')), 'It has the text of another licence')
  })

  it('is what the answers say, and a bad answer is asked for again', async () => {
    const { code, output } = await create('', { lines: 'Pigeon\npigeon\nsaucer\nbrokered\n@acme\nAda\n\n' })
    assert.equal(code, 0)
    assert.match(output, /"Pigeon" is not lower-case[\s\S]*"saucer" is none of mesh, brokered/)
    const manifest = JSON.parse(readFileSync(join(cwd, 'transport-pigeon/package.json'), 'utf8'))
    assert.deepEqual(
      [manifest.name, manifest.author, manifest.license, Object.keys(manifest.dependencies)],
      ['@acme/transport-pigeon', 'Ada', 'MIT', ['@sm/brokered']],
    )
  })
})

describe('nothing is written', () => {
  afterEach(() => assert.deepEqual(filesIn(cwd), [], 'Something was left'))

  it.each([
    ...['', 'pigeon', '--yes', 'pigeon --kind mesh --scope @a --author A', 'Pigeon --yes', 'pi.geon --yes'],
    ...['pigeon --yes --kind saucer', 'pigeon --yes --scope acme', 'pigeon --yes --in-repo', 'a b', 'a --what'],
  ])('by "%s", which makes no sense when nobody can be asked', async line => {
    const { code, errors } = await create(line)
    assert.equal(code, 2)
    assert.match(errors, /Usage: /)
  })

  it.each(['memory', 'redis', 'named-pipes', 'websocket', 'conformance', 'capabilities'])(
    'for the taken name %s',
    async name => {
      const { code, errors } = await create(`${name} --yes`)
      assert.equal(code, 1)
      assert.match(errors, new RegExp(name))
    },
  )

  it('when the questions are not answered to the end', async () => {
    const { code } = await create('', { lines: 'pigeon\nmesh\n' })
    assert.equal(code, 1)
  })

  it('by a cry for help', async () => {
    const { code, output } = await create('--help')
    assert.equal(code, 0)
    assert.match(output, /Usage: /)
  })
})

describe('what is there already is left alone', () => {
  it('when the folder is not empty', async () => {
    mkdirSync(join(cwd, 'sm-transport-pigeon'))
    writeFileSync(join(cwd, 'sm-transport-pigeon/mine'), 'mine')
    const { code, errors } = await create('pigeon --yes')
    assert.equal(code, 1)
    assert.match(errors, /not an empty folder/)
    assert.deepEqual(filesIn(cwd), ['sm-transport-pigeon', 'sm-transport-pigeon/mine'])
  })

  it('when a file has that name', async () => {
    writeFileSync(join(cwd, 'sm-transport-pigeon'), 'mine')
    assert.equal((await create('pigeon --yes')).code, 1)
    assert.deepEqual(filesIn(cwd), ['sm-transport-pigeon'])
  })

  it('when the place cannot be written to', async () => {
    writeFileSync(join(cwd, 'file'), '')
    assert.equal((await create('pigeon --yes --directory file/below')).code, 1)
    assert.deepEqual(filesIn(cwd), ['file'])
  })
})

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it, vi } from 'vitest'
import { Program } from '../../../tooling/test/program.ts'
import { lanetPublicKey, TrustedKeys } from '../src/index.ts'
import { openCredentials } from '../src/keys/credentials.ts'

const isRoot = process.getuid?.() === 0
const modeOf = (path: string) => lstatSync(path).mode & 0o777

let base = ''
const keyText = () => randomBytes(32).toString('base64url')

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'sm-lanet-keys-'))
  vi.stubEnv('SM_LANET_KEY', '')
})

afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(base, { recursive: true, force: true })
})

describe('keys', () => {
  it('are made on first use, for this user alone, and found again', async () => {
    const keyDirectory = join(base, 'config/sm')
    const first = await openCredentials({ keyDirectory })
    assert.equal(modeOf(keyDirectory), 0o700)
    assert.deepEqual(readdirSync(keyDirectory).sort(), ['lanet.identity', 'lanet.key'])
    for (const name of readdirSync(keyDirectory)) assert.equal(modeOf(join(keyDirectory, name)), 0o600)
    const second = await openCredentials({ keyDirectory })
    assert.deepEqual(second.psk, first.psk)
    assert.deepEqual(second.identity, first.identity)
    assert.equal(first.psk?.length, 32)
    assert.notDeepEqual(first.psk, first.identity.privateKey)
    assert.equal(await lanetPublicKey(keyDirectory), Buffer.from(first.identity.publicKey).toString('base64url'))
  })

  it('are kept in XDG_CONFIG_HOME/sm, or in .config/sm of the home, unless it is said where', async () => {
    vi.stubEnv('XDG_CONFIG_HOME', join(base, 'xdg'))
    await openCredentials({})
    assert.ok(statSync(join(base, 'xdg/sm/lanet.key')).isFile())
    vi.stubEnv('XDG_CONFIG_HOME', '')
    vi.stubEnv('HOME', base)
    await openCredentials({})
    assert.ok(statSync(join(base, '.config/sm/lanet.key')).isFile())
  })

  it('of the network come from the option, then the variable, then the file', async () => {
    const [given, inEnvironment] = [keyText(), keyText()]
    const of = async (options: object) => {
      const { psk } = await openCredentials({ keyDirectory: join(base, 'sm'), ...options })
      return psk && Buffer.from(psk).toString('base64url')
    }
    const inFile = await of({})
    assert.equal(readFileSync(join(base, 'sm/lanet.key'), 'utf8'), `${inFile}\n`)
    vi.stubEnv('SM_LANET_KEY', inEnvironment)
    assert.equal(await of({}), inEnvironment)
    assert.equal(await of({ networkKey: given }), given)
    // Trust in a list is not widened by what the environment says.
    assert.equal(await of({ publicKeys: [] }), undefined)
    assert.equal(await of({ publicKeys: new TrustedKeys(), networkKey: given }), given)
  })

  it('that are none are refused without being told', async () => {
    const bad = 'correct horse battery staple'
    const refused = (options: object) =>
      assert.rejects(
        openCredentials({ keyDirectory: join(base, 'sm'), ...options }),
        (error: { code: string; message: string }) => error.code === 'SM_LANET_KEY' && !error.message.includes(bad),
      )
    await refused({ networkKey: bad })
    await refused({ publicKeys: [bad] })
    vi.stubEnv('SM_LANET_KEY', bad)
    await refused({})
    vi.stubEnv('SM_LANET_KEY', '')
    writeFileSync(join(base, 'sm/lanet.key'), bad, { mode: 0o600 })
    await refused({})
  })

  it('that several processes make at the same time are the same for all', { timeout: 60_000 }, async () => {
    const program = new URL('programs/key-maker.ts', import.meta.url)
    const programs = Array.from({ length: 6 }, () => new Program(program, { keyDirectory: join(base, 'sm') }))
    try {
      await Promise.all(programs.map(one => one.heard('ready')))
      const told = await Promise.all(programs.map(one => one.ask('open')))
      assert.equal(new Set(told.map(({ identity, network }) => `${identity} ${network}`)).size, 1)
      assert.deepEqual(readdirSync(join(base, 'sm')).sort(), ['lanet.identity', 'lanet.key'])
    } finally {
      await Promise.all(programs.map(one => one.kill()))
    }
  })
})

describe('a key file', () => {
  const file = () => join(base, 'sm/lanet.key')
  const refused = (what: RegExp, keyDirectory = join(base, 'sm')) =>
    assert.rejects(openCredentials({ keyDirectory }), { code: 'SM_LANET_KEY_FILE', message: what })

  beforeEach(() => mkdirSync(join(base, 'sm'), { mode: 0o700 }))

  it('that others can use is refused, and left as it is', async () => {
    for (const mode of [0o640, 0o604, 0o660, 0o644, 0o666, 0o601]) {
      writeFileSync(file(), keyText())
      chmodSync(file(), mode)
      await refused(/has the mode/)
      assert.equal(modeOf(file()), mode)
    }
  })

  it('that is a link, a directory, or far too large is refused', async () => {
    writeFileSync(join(base, 'elsewhere'), keyText(), { mode: 0o600 })
    symlinkSync(join(base, 'elsewhere'), file())
    await refused(/is a link/)
    rmSync(file())
    mkdirSync(file())
    await refused(/is not a file/)
    rmSync(file(), { recursive: true })
    writeFileSync(file(), 'A'.repeat(2_000), { mode: 0o600 })
    await refused(/too large/)
  })

  it('of another owner is refused', async ({ skip }) => {
    if (!isRoot) skip('only root can give a file away')
    writeFileSync(file(), keyText(), { mode: 0o600 })
    chownSync(file(), 65_534, 65_534)
    await refused(/belongs to user 65534/)
  })

  it('in a directory that others can enter, or that is none, is refused', async ({ skip }) => {
    for (const mode of [0o755, 0o750, 0o701]) {
      chmodSync(join(base, 'sm'), mode)
      await refused(/has the mode/)
    }
    chmodSync(join(base, 'sm'), 0o700)
    symlinkSync(join(base, 'sm'), join(base, 'link'))
    await refused(/is not a directory/, join(base, 'link'))
    writeFileSync(join(base, 'file'), '')
    await refused(/cannot be made|is not a directory/, join(base, 'file'))
    await refused(/not given from the root/, 'relative')
    if (!isRoot) skip('only root can give a directory away')
    chownSync(join(base, 'sm'), 65_534, 65_534)
    await refused(/belongs to user 65534/)
  })
})

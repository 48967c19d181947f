import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { participant } from './programs/setting.ts'
import { World } from './world.ts'

const isRoot = process.getuid?.() === 0

/** The user `nobody`, who owns nothing. */
const nobody = { uid: 65_534, gid: 65_534 }

/** Starts an agent there, looks around, and stops it again; throws what its start throws. */
async function tryIn(base: string, namespace = 'world', look = () => {}): Promise<void> {
  const { transport } = participant({ base, namespace, agent: 'worker' })
  await transport.start()
  look()
  await transport.stop()
}

/** A directory for a base that the test has a word in, for which the world's own is not in the way. */
const within = (world: World, name: string) => join(world.base, name)

const refused = (base: string, what: RegExp, namespace?: string) =>
  assert.rejects(tryIn(base, namespace), { code: 'SM_PIPES_BASE', message: what })

describe('a base directory', () => {
  it('that is not there is made for this user alone', async () => {
    await using world = new World()
    await tryIn(within(world, 'base'), 'world', () => {
      for (const path of ['base', 'base/world']) {
        const stats = lstatSync(within(world, path))
        assert.equal(stats.mode & 0o777, 0o700)
        assert.equal(stats.uid, process.getuid?.())
      }
    })
    assert.ok(!existsSync(within(world, 'base/world')), 'A directory without agents was left behind')
  })

  it('that others can enter is refused, and left as it is', async () => {
    await using world = new World()
    const base = within(world, 'base')
    for (const mode of [0o755, 0o750, 0o705, 0o701, 0o777]) {
      mkdirSync(base, { recursive: true })
      chmodSync(base, mode)
      await refused(base, /has the mode/)
      assert.equal(lstatSync(base).mode & 0o777, mode)
    }
    assert.deepEqual(readdirSync(base), [])
  })

  it('that is a link is refused, wherever it leads', async () => {
    await using world = new World()
    const good = within(world, 'good')
    mkdirSync(good, { mode: 0o700 })
    symlinkSync(good, within(world, 'link'))
    symlinkSync(within(world, 'nowhere'), within(world, 'dangling'))
    await refused(within(world, 'link'), /is a link/)
    await refused(within(world, 'dangling'), /is a link/)
    symlinkSync(good, join(good, 'world'))
    await refused(good, /is a link/)
  })

  it('that is a file, or has one where the namespace would be, is refused', async () => {
    await using world = new World()
    writeFileSync(within(world, 'file'), '')
    await refused(within(world, 'file'), /is not a directory/)
    mkdirSync(within(world, 'base'), { mode: 0o700 })
    writeFileSync(within(world, 'base/world'), '')
    await refused(within(world, 'base'), /is not a directory/)
  })

  it('that cannot be made, or is not given from the root, is refused', async () => {
    await using world = new World()
    await refused(within(world, 'not/there'), /cannot be made/)
    await refused('relative', /not given from the root/)
  })

  it('whose namespace others can enter is refused', async () => {
    await using world = new World()
    mkdirSync(within(world, 'base'), { mode: 0o700 })
    mkdirSync(within(world, 'base/world'))
    chmodSync(within(world, 'base/world'), 0o755)
    await refused(within(world, 'base'), /has the mode 755/)
  })

  it('too long for the names of pipes is refused with SM_PIPES_PATH', async () => {
    await using world = new World()
    const base = join(world.base, ...Array.from({ length: 9 }, () => 'x'.repeat(105)))
    mkdirSync(base, { recursive: true, mode: 0o700 })
    await assert.rejects(tryIn(base), { code: 'SM_PIPES_PATH', message: /path of \d+ bytes, where 1023/ })
    assert.deepEqual(readdirSync(join(base, 'world')), [])
  })

  it('of another owner is refused', async ({ skip }) => {
    if (!isRoot) skip('only root can give a directory away')
    await using world = new World()
    const base = within(world, 'base')
    mkdirSync(base, { mode: 0o700 })
    chownSync(base, nobody.uid, nobody.gid)
    await refused(base, /belongs to user 65534/)
    chownSync(base, 0, 0)
    mkdirSync(join(base, 'world'), { mode: 0o700 })
    chownSync(join(base, 'world'), nobody.uid, nobody.gid)
    await refused(base, /belongs to user 65534/)
  })
})

describe('another user', () => {
  /** Runs a command of the shell as nobody; whether it succeeded, and what it said. */
  function asNobody(command: string) {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
      ...nobody,
      encoding: 'utf8',
      timeout: 60_000,
    })
    return { ok: status === 0, stdout, stderr }
  }

  it('cannot list, enter, read or write, and could not even where the directories stood open', async ({ skip }) => {
    if (!isRoot) skip('only root can become another user')
    await using world = new World()
    // The way there is open to all: what keeps others out must be the transport's own doing.
    chmodSync(world.base, 0o755)
    const [base, directory] = [within(world, 'base'), within(world, 'base/world')]
    assert.match(asNobody(`id -u; ls ${world.base}`).stdout, /^65534\n/)
    const { transport } = participant({ base, namespace: 'world', agent: 'worker' })
    await transport.start()
    try {
      const inbox = join(directory, readdirSync(directory)[0] as string)
      assert.ok(asNobody(`ls ${world.base}`).ok, 'The way there is not open')
      const denied = (command: string) => {
        const { ok, stderr } = asNobody(command)
        assert.ok(!ok, `Another user could ${command}`)
        assert.match(stderr, /permission denied|can't cd/i)
      }
      for (const path of [base, directory]) {
        denied(`ls ${path}`)
        denied(`cd ${path}`)
        denied(`touch ${path}/theirs`)
        denied(`mkfifo ${path}/theirs`)
      }
      denied(`cat ${inbox}`)
      denied(`echo hello > ${inbox}`)
      for (const path of [base, directory]) chmodSync(path, 0o755)
      assert.ok(asNobody(`ls ${directory}`).ok)
      denied(`cat ${inbox}`)
      denied(`echo hello > ${inbox}`)
      assert.ok(!asNobody(`rm -f ${inbox}`).ok, 'Another user could remove an inbox')
    } finally {
      await transport.stop()
    }
    assert.ok(!existsSync(directory))
  })
})

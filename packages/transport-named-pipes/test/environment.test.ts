import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { Program } from '../../../tooling/test/program.ts'
import { World } from './world.ts'

const file = new URL('programs/poor.ts', import.meta.url)
/** A user that no list of users has. */
const stranger = ['setpriv', '--reuid', '54321', '--regid', '54321', '--clear-groups']

/** Why the programs of the tests cannot be run as that user; undefined where they can. */
function whyNoStranger(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can become another user'
  const [command = '', ...args] = [...stranger, 'cat', fileURLToPath(file)]
  return spawnSync(command, args).status === 0 ? undefined : 'others may not read the programs of the tests'
}

async function answerOf(config: Readonly<Record<string, unknown>>, through: readonly string[] = []): Promise<unknown> {
  const program = new Program(file, config, through)
  try {
    return (await program.heard('answer')).text
  } finally {
    await program.kill()
  }
}

describe('agents find each other', () => {
  it('where the system has no watch left, by looking now and then', { timeout: 60_000 }, async () => {
    await using world = new World()
    assert.equal(await answerOf({ watches: false, base: world.base }), '2 3')
  })

  it('without a home, as a user that no list of users has', { timeout: 60_000 }, async ({ skip }) => {
    const why = whyNoStranger()
    if (why) skip(`not run: ${why}`)
    await using world = new World()
    chmodSync(world.base, 0o1777)
    const through = ['env', '-u', 'HOME', '-u', 'USER', `TMPDIR=${world.base}`, ...stranger]
    assert.equal(await answerOf({ watches: true }, through), '2 3')
  })
})

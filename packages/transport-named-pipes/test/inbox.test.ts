import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUlids, systemClock, systemRandom } from '@sm/core/transport'
import { afterAll, expect, it } from 'vitest'
import { sharedWatch } from '../src/directory-watch.ts'
import { FifoDriver } from '../src/fifo-driver.ts'

const base = mkdtempSync(join(tmpdir(), 'sm-pipes-inbox-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const pollMs = 200
const directory = join(base, 'busy')
const ids = createUlids(systemClock, systemRandom)
const ignored = { found() {}, lost() {} }

function driver(): FifoDriver {
  const self = { namespace: 'busy', agent: 'a', instance: ids.next() }
  return new FifoDriver({ base, pollMs }, { ...self, clock: systemClock, random: systemRandom })
}

it('an inbox is made once, also where a look through the directory began before it was there', async () => {
  const first = driver()
  await first.listen(() => {}, assertNone)
  await first.discover(ignored)
  const watch = sharedWatch(directory, pollMs, systemClock)
  let looking = true
  const looks = (async () => {
    while (looking) await watch.scan()
  })()

  for (let i = 0; i < 20; i++) {
    const next = driver()
    const before = new Set(readdirSync(directory))
    await next.listen(() => {}, assertNone)
    const inbox = join(directory, readdirSync(directory).find(name => !before.has(name)) as string)
    const { ino } = statSync(inbox)
    await next.discover(ignored)
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(statSync(inbox).ino).toBe(ino)
    await next.close()
  }

  looking = false
  await looks
  await first.close()
})

function assertNone(error: unknown): void {
  throw error
}

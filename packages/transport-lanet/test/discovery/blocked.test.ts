import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, it } from 'vitest'
import { Finders } from './finders.ts'

/** Nobody hears anybody: what is found is found by knocking. */
const mute = { mdns: false, host: '127.0.0.1' } as const

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe('without multicast', { timeout: 90_000 }, () => {
  it('an agent is found at a place that is listed, as soon as it is there, and its successor after it', async () => {
    await using finders = new Finders()
    const port = await freePort()
    const seeker = await finders.run('seeker', { ...mute, peers: [`127.0.0.1:${port}`] })
    await seeker.sees('the trouble', ({ faults }) => faults.length > 0)
    const first = await finders.run('first', mute, { port })
    assert.equal((await seeker.finds(first)).by, 'peers')
    await first.program.kill()
    // So the driver does, when it cannot dial it any more.
    await seeker.ask('forget', { instance: first.instance })
    const second = await finders.run('second', mute, { port })
    await seeker.loses(first)
    await seeker.finds(second)
  })

  it('a place may be a name, and this side itself', async () => {
    await using finders = new Finders()
    const port = await freePort()
    const other = await finders.run('other', mute)
    const self = await finders.run(
      'self',
      { ...mute, peers: [`127.0.0.1:${port}`, `localhost:${other.port}`] },
      { port },
    )
    await self.finds(other)
    const { seen, faults } = await self.ask('look')
    assert.equal(seen.length, 1)
    assert.deepEqual(faults, [])
  })

  it('an agent is found by search, and one round knocks once at each door', async () => {
    await using finders = new Finders()
    const port = await freePort()
    const hidden = await finders.run('hidden', { mdns: false, host: '127.0.0.9' }, { port })
    const scan = { cidr: '127.0.0.0/26', ports: [port], concurrency: 16, timeoutMs: 2_000 }
    const seeker = await finders.run('seeker', { ...mute, scan, listenMs: 5_000 })
    const { by, addresses } = await seeker.finds(hidden)
    assert.deepEqual([by, addresses], ['scan', [`127.0.0.9:${port}`]])
    const { probes } = await seeker.sees('the end of the round', ({ probes }) => probes >= 62)
    assert.equal(probes, 62)
  })
})

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'vitest'
import { Program } from '../../../tooling/test/program.ts'

/** A port that is free now. */
function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

describe('workers of one cluster', () => {
  it('cannot share the port of a hub: each would have some of the agents, and none would see all', {
    timeout: 60_000,
  }, async () => {
    const program = new Program(new URL('programs/cluster.ts', import.meta.url), { port: await freePort() })
    try {
      const { ends } = await program.heard('ends')
      assert.deepEqual(ends, ['open', 'SM_WEBSOCKET_LISTEN'])
    } finally {
      await program.kill()
    }
  })
})

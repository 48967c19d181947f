import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import { describe, it } from 'vitest'
import { Program } from '../../../tooling/test/program.ts'
import { lanet } from '../src/index.ts'

const Ask = defineMessage('cluster.ask', { schema: unchecked<null>(), reply: unchecked<string>() })

describe('workers of one cluster', () => {
  it('are each reached by name: none gets the calls for another', { timeout: 60_000 }, async () => {
    const keyDirectory = mkdtempSync(join(tmpdir(), 'sm-lanet-cluster-'))
    const namespace = `cluster-${process.pid}`
    const program = new Program(new URL('programs/cluster.ts', import.meta.url), { keyDirectory, namespace })
    try {
      await program.heard('ready')
      const transports = [lanet({ keyDirectory, host: '127.0.0.1' })]
      await using outside = await createAgent('outside', { namespace, transports })
      for (const to of ['one', 'two', 'three', 'three', 'two', 'one']) {
        while (outside.explain(Ask, { to }).routes.length === 0) await new Promise(resolve => setTimeout(resolve, 20))
        assert.equal(await outside.request(Ask, null, { to }), to)
      }
    } finally {
      await program.kill()
      rmSync(keyDirectory, { recursive: true, force: true })
    }
  })
})

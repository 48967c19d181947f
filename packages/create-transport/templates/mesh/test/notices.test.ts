import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAgent, defineMessage, unchecked } from '@sm/core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { templateMesh } from '../src/index.ts'

const Greeting = defineMessage('greeting', { schema: unchecked<{ name: string }>(), reply: unchecked<string>() })

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'template-mesh-notices-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

describe('the notices of agents', () => {
  it('bring two together, and are gone when they have left', async () => {
    const options = { namespace: 'pair', transports: [templateMesh({ directory })] }
    {
      await using host = await createAgent('host', options)
      await host.subscribe(Greeting, ({ name }) => `Hello, ${name}`).ready
      await using guest = await createAgent('guest', options)
      assert.equal(readdirSync(join(directory, 'pair')).length, 2)
      assert.equal(await guest.request(Greeting, { name: 'Ada' }, { to: 'host' }), 'Hello, Ada')
    }
    assert.deepEqual(readdirSync(join(directory, 'pair')), [])
  })

  it('of the dead are taken down by those who called in vain', { timeout: 60_000 }, async () => {
    const notices = join(directory, 'haunted')
    mkdirSync(notices)
    // No process has so high an id.
    writeFileSync(join(notices, 'ghost.01JAAAAAAAAAAAAAAAAAAAAAAA'), JSON.stringify({ port: 9, processId: 2 ** 30 }))
    const reconnect = { initialMs: 5, maxMs: 10 }
    await using _agent = await createAgent('host', {
      namespace: 'haunted',
      transports: [templateMesh({ directory, reconnect })],
    })
    const left = () => readdirSync(notices).filter(name => name.startsWith('ghost'))
    while (left().length > 0) await new Promise(resolve => setTimeout(resolve, 10))
  })
})

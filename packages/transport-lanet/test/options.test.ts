import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import type { LanetTransportOptions } from '../src/index.ts'
import { toLinkSettings } from '../src/options.ts'
import { World } from './world.ts'

describe('the options of links', () => {
  it('have defaults', () => {
    assert.deepEqual(toLinkSettings({}), {
      host: undefined,
      port: 0,
      maxUnauthenticated: 256,
      maxUnauthenticatedPerAddress: 64,
      rekeyBytes: 1_073_741_824,
      rekeyMs: 600_000,
    })
  })

  it.each([
    { port: -1 },
    { port: 65_536 },
    { port: 1.5 },
    { host: '' },
    { maxUnauthenticated: 0 },
    { maxUnauthenticatedPerAddress: 0 },
    { rekeyBytes: 0 },
    { rekeyMs: Number.NaN },
  ])('refuse %j by name', options => {
    assert.throws(() => toLinkSettings(options), {
      code: 'SM_LANET_OPTIONS',
      message: new RegExp(Object.keys(options)[0] as string),
    })
  })

  it('have none that turns encryption off', async () => {
    await using world = new World()
    const off = {
      encrypted: false,
      encrypt: false,
      plaintext: true,
      secure: false,
      tls: false,
    } as LanetTransportOptions
    const { transport } = world.create('shop', off)
    assert.equal(transport.capabilities.encrypted, true)
  })

  it('tell a port that is taken', async () => {
    await using world = new World()
    const { transport } = await world.open('shop')
    const port = Number(transport.health().details.port)
    await assert.rejects(world.open('other', { port }), { code: 'SM_LANET_LISTEN', message: new RegExp(`${port}`) })
  })
})

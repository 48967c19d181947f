import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { TransportDefinition } from '../contract/index.ts'
import { memory } from '../memory/index.ts'
import { chooseTransports, type TransportsConfig } from './choose-transports.ts'
import { defineTransport } from './define-transport.ts'

const pigeon = defineTransport<{ loft?: string }>({
  name: 'pigeon',
  contract: '1.0',
  version: '1.0.0',
  rank: 70,
  schemes: ['pigeon', 'pigeons'],
  capabilities: memory.definition.capabilities,
  fromUrl: url => ({ loft: url.hostname }),
  create: () => {
    throw new Error('not made in these tests')
  },
})

beforeEach(() => {
  vi.stubEnv('SM_TRANSPORTS', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const choose = async (config: unknown) => {
  const choices = await chooseTransports(config as TransportsConfig, ['memory'])
  return choices.map(({ definition, options }) => [definition.name, options])
}

describe('transports are chosen', () => {
  it.each<[string, unknown, unknown]>([
    ['by name in an object, with options', { pigeon: { loft: 'a' } }, [['pigeon', { loft: 'a' }]]],
    ['by name in a list', ['pigeon'], [['pigeon', {}]]],
    ['by URL', ['pigeon://north'], [['pigeon', { loft: 'north' }]]],
    ['by another of its schemes', ['pigeons://north'], [['pigeon', { loft: 'north' }]]],
    ['by URL object', [new URL('pigeon://north')], [['pigeon', { loft: 'north' }]]],
    ['by choice', [pigeon({ loft: 'b' })], [['pigeon', { loft: 'b' }]]],
  ])('%s', async (_how, config, expected) => {
    expect(await choose(config)).toEqual(expected)
  })

  it('with options that are typed by the transport', () => {
    const config: TransportsConfig = ['memory', 'pigeon://north', memory({ maxQueued: 5 }), pigeon({ loft: 'a' })]
    const byName: TransportsConfig = { memory: { maxQueued: 5 } }
    // @ts-expect-error: no import has typed such a transport.
    const unknown: TransportsConfig = { 'smoke-signals': { anything: true } }
    // @ts-expect-error: it has no such option.
    const wrong: TransportsConfig = { memory: { maxQueue: '5' } }
    expect([config, byName, unknown, wrong]).toHaveLength(4)
  })

  it('in the order of their ranks, whatever the order of the list', async () => {
    expect(await choose(['pigeon', 'memory'])).toEqual([
      ['memory', {}],
      ['pigeon', {}],
    ])
  })

  it('without those of an object that are undefined', async () => {
    expect(await choose({ memory: undefined, pigeon: {} })).toEqual([['pigeon', {}]])
  })

  it('by the fallback when nothing else says so', async () => {
    expect(await choose(undefined)).toEqual([['memory', {}]])
  })

  it('by SM_TRANSPORTS, a list of names and URLs', async () => {
    vi.stubEnv('SM_TRANSPORTS', ' memory , pigeon://south,')
    expect(await choose(undefined)).toEqual([
      ['memory', {}],
      ['pigeon', { loft: 'south' }],
    ])
  })

  it('by the fallback when SM_TRANSPORTS is blank', async () => {
    vi.stubEnv('SM_TRANSPORTS', '  ')
    expect(await choose(undefined)).toEqual([['memory', {}]])
  })

  it('by the configuration rather than by SM_TRANSPORTS', async () => {
    vi.stubEnv('SM_TRANSPORTS', 'pigeon')
    expect(await choose({ memory: {} })).toEqual([['memory', {}]])
  })
})

describe('a configuration that cannot be read', () => {
  it.each<[string, unknown, RegExp]>([
    ['is a text', 'memory', /given as a string/],
    ['is a number', 7, /given as a number/],
    ['is an empty list', [], /is empty/],
    ['is an empty object', {}, /is empty/],
    ['has options that are no object', { memory: true }, /options of the transport "memory"/],
    ['has options that are null', { memory: null }, /options of the transport "memory"/],
    ['lists one twice', ['memory', memory()], /"memory" is listed twice/],
    ['lists one twice by name and URL', ['pigeon', 'pigeon://x'], /"pigeon" is listed twice/],
    ['lists null', [null], /neither a name, a URL nor a transport/],
    ['lists a number', [1], /neither a name, a URL nor a transport/],
    ['lists a factory that was not called', [memory], /neither a name, a URL nor a transport/],
    ['lists an object', [{ name: 'memory' }], /neither a name, a URL nor a transport/],
  ])('%s is refused with the remedy', async (_what, config, why) => {
    const error = await choose(config).catch(thrown => thrown)
    expect(error).toMatchObject({ code: 'SM_TRANSPORT_CONFIG', message: expect.stringContaining('Give an object') })
    expect(error.message).toMatch(why)
  })

  it('is refused from the environment too', async () => {
    vi.stubEnv('SM_TRANSPORTS', 'memory,memory')
    await expect(choose(undefined)).rejects.toMatchObject({ code: 'SM_TRANSPORT_CONFIG' })
  })
})

describe('an unknown transport', () => {
  it('is refused with what is registered and which package to install', async () => {
    await expect(choose({ telegraph: {} })).rejects.toMatchObject({
      code: 'SM_TRANSPORT_UNKNOWN',
      message: expect.stringMatching(
        /no transport "telegraph" \(registered: memory, pigeon; @sm\/transport-telegraph is not installed\)\. Install and import its package/,
      ),
      details: { name: 'telegraph' },
    })
  })

  it('is refused by the scheme of its URL', async () => {
    await expect(choose(['telegraph://wire'])).rejects.toMatchObject({
      code: 'SM_TRANSPORT_UNKNOWN',
      message: expect.stringContaining('"telegraph:"'),
    })
  })

  it.each(['../../etc/passwd', 'node:fs', 'Memory', '@evil/pkg', 'a b', '', 'x'.repeat(200)])(
    'is never loaded under the name %j, which is none',
    async name => {
      await expect(choose({ [name]: {} })).rejects.toMatchObject({ code: 'SM_TRANSPORT_UNKNOWN' })
    },
  )

  it('is one that has no URLs, when it is given as a URL', async () => {
    await expect(choose(['memory://x'])).rejects.toMatchObject({ code: 'SM_TRANSPORT_UNKNOWN' })
  })
})

describe('a password in a URL', () => {
  const secret = 'hunter2'
  it.each([
    `telegraph://user:${secret}@host`,
    `://user:${secret}@host`,
    `pigeon://user:${secret}@ho st`,
    `pigeon//user:${secret}@host`,
    `user:${secret}@host`,
    new URL(`telegraph://user:${secret}@host`),
  ])('stands in no error: %s', async entry => {
    const error = await choose([entry]).catch(thrown => thrown)
    expect(error.code).toMatch(/^SM_TRANSPORT_/)
    expect(`${error.message} ${JSON.stringify(error.details)} ${error.cause}`).not.toContain(secret)
  })

  it('stands in no error about a second transport of that kind', async () => {
    const error = await choose([`pigeon://user:${secret}@a`, `pigeon://user:${secret}@b`]).catch(thrown => thrown)
    expect(`${error.message} ${JSON.stringify(error.details)}`).not.toContain(secret)
  })
})

it('a transport that another copy of core registered for another contract is refused', async () => {
  const definition = { ...pigeon.definition, name: 'quill', contract: '9.0' } as TransportDefinition
  await expect(choose([{ definition, options: {} }])).rejects.toMatchObject({
    code: 'SM_TRANSPORT_INCOMPATIBLE',
    message: expect.stringMatching(/"quill".*9\.0/),
  })
})

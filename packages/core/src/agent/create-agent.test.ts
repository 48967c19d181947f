import { afterEach, describe, expect, it, vi } from 'vitest'
import { failureOf, OrderPlaced, take } from '../../test/orders.ts'
import { sideTransport } from '../../test/side-transport.ts'
import { testWorld } from '../../test/test-world.ts'
import { isUlid } from '../kernel/index.ts'
import type { AgentOptions } from '../settings/index.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('an agent', () => {
  it('has a stable id, and an instance of its own', async () => {
    const { agent } = testWorld()
    const [one, two] = [await agent('billing'), await agent('billing')]
    expect([one.id, two.id]).toEqual(['billing', 'billing'])
    expect(isUlid(one.instance)).toBe(true)
    expect(one.instance).not.toBe(two.instance)
  })

  it('lives in the namespace that it is given, else in that of the environment, else in the default', async () => {
    const { agent } = testWorld()
    expect((await agent('a', { namespace: 'mine' })).namespace).toBe('mine')
    vi.stubEnv('SM_NAMESPACE', 'theirs')
    const { createAgent } = await import('./index.ts')
    await using second = await createAgent('b', { transports: ['memory'] })
    expect(second.namespace).toBe('theirs')
    vi.stubEnv('SM_NAMESPACE', undefined)
    await using third = await createAgent('c', { transports: ['memory'] })
    expect(third.namespace).toBe('default')
  })

  it('hears nothing of other namespaces', async () => {
    const [here, there] = [testWorld(), testWorld()]
    const { numbers } = take(await there.agent('billing'))
    const shop = await here.agent('shop')
    expect(await shop.publish(OrderPlaced, { n: 1 })).toMatchObject({ evidence: 'none' })
    expect(await failureOf(() => shop.publish(OrderPlaced, { n: 1 }, { to: 'billing' }))).toMatchObject({
      code: 'SM_ROUTE_NONE',
    })
    await there.settle()
    expect(numbers).toEqual([])
  })

  it.each(['', 'Billing', 'a b', '../etc', 'a.b', '-a', 'a/b', 'ä', 'x'.repeat(64), 7 as never, undefined as never])(
    'is not made under the id %j',
    async id => {
      const { agent } = testWorld()
      expect(await failureOf(() => agent(id))).toMatchObject({
        code: 'SM_NAME_INVALID',
        message: expect.stringMatching(/The agent id .*Use lower-case letters/),
      })
    },
  )

  it.each<[AgentOptions, string, string]>([
    [{ namespace: '../etc' }, 'SM_NAME_INVALID', 'namespace'],
    [{ prefetch: 0 }, 'SM_AGENT_OPTIONS', 'prefetch is 0'],
    [{ maxRequests: Number.NaN }, 'SM_AGENT_OPTIONS', 'maxRequests is null'],
    [{ publishTimeoutMs: -1 }, 'SM_AGENT_OPTIONS', 'publishTimeoutMs is -1'],
    [{ requestTimeoutMs: '5' as never }, 'SM_AGENT_OPTIONS', 'requestTimeoutMs is "5"'],
    [{ startTimeoutMs: 0 }, 'SM_AGENT_OPTIONS', 'startTimeoutMs is 0'],
    [{ ladder: ['telegraph'] }, 'SM_AGENT_OPTIONS', 'names "telegraph"'],
    [{ transports: [] }, 'SM_TRANSPORT_CONFIG', 'is empty'],
    [{ transports: { memory: { maxQueued: 0 } } }, 'SM_TRANSPORT_CONFIG', 'maxQueued'],
  ])('is not made with %o', async (options, code, why) => {
    const { agent } = testWorld()
    expect(await failureOf(() => agent('billing', options))).toMatchObject({
      code,
      message: expect.stringContaining(why),
    })
  })
})

describe('a start that fails', () => {
  const broken = sideTransport('broken-start', { startFailure: new Error('no wire') })

  it('tells which transport and why, and leaves the others closed', async () => {
    const { agent, namespace, clock } = testWorld()
    const error = await failureOf(() => agent('billing', { transports: ['memory', broken.transport()] }))
    expect(error).toMatchObject({
      code: 'SM_TRANSPORT_START',
      message: expect.stringContaining('"broken-start" of the agent billing did not start: no wire'),
      cause: new Error('no wire'),
      details: { transport: 'broken-start' },
    })
    const hubs = (globalThis as unknown as Record<symbol, Map<string, unknown>>)[Symbol.for('@sm/core.memory-hubs.1')]
    expect(hubs?.has(namespace)).toBe(false)
    expect(clock.pending).toBe(0)
  })

  it('because it takes too long is given up after its time', async () => {
    const { agent, clock } = testWorld()
    const endless = sideTransport('endless-start', { startsNever: true })
    const failure = failureOf(() => agent('billing', { transports: [endless.transport()], startTimeoutMs: 300 }))
    await clock.advance(300)
    expect(await failure).toMatchObject({
      code: 'SM_TRANSPORT_START',
      message: expect.stringContaining('longer than 300 ms'),
    })
  })

  it('because it was aborted ends with the reason', async () => {
    const { agent, clock } = testWorld()
    const endless = sideTransport('endless-start', { startsNever: true })
    const controller = new AbortController()
    const options = { transports: [endless.transport()], signal: controller.signal }
    const failure = failureOf(() => agent('billing', options))
    await clock.advance(0)
    controller.abort()
    expect(await failure).toMatchObject({ name: 'AbortError' })
    expect(await failureOf(() => agent('billing', { signal: controller.signal }))).toMatchObject({ name: 'AbortError' })
    expect(clock.pending).toBe(0)
  })
})

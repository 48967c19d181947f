import { memory } from '@sm/core/memory'
import { describe, expect, it } from 'vitest'
import { breakableWire } from '../test/breakable-wire.ts'
import { type BridgeOptions, createBridge } from './index.ts'

const near = { transport: memory(), namespace: 'options-near' }
const far = { transport: memory(), namespace: 'options-far' }
const refusalOf = (options: unknown) =>
  createBridge({ from: near, to: far, types: ['order.#'], logger: 'silent', ...(options as object) }).then(
    bridge => bridge.stop().then(() => 'It was made'),
    error => error,
  )

describe('options of a bridge are refused by name, with the remedy', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['no near side', { from: undefined }, 'SM_BRIDGE_OPTIONS', /option from/],
    ['a far side that is null', { to: null }, 'SM_BRIDGE_OPTIONS', /option to/],
    ['a side that is a number', { to: 7 }, 'SM_BRIDGE_OPTIONS', /option to/],
    ['a side with a stray name', { to: { ...far, nmespace: 'x' } }, 'SM_BRIDGE_OPTIONS', /nmespace/],
    ['a side of two transports', { to: ['memory', breakableWire()()] }, 'SM_BRIDGE_OPTIONS', /names 2 transports/],
    ['a side without a transport', { to: {} }, 'SM_TRANSPORT_CONFIG', /is empty/],
    ['a transport that there is not', { to: 'pigeon-post' }, 'SM_TRANSPORT_UNKNOWN', /pigeon-post/],
    ['a bad option of a transport', { to: { memory: { maxQueue: 1 } } }, 'SM_TRANSPORT_CONFIG', /maxQueue/],
    ['a bad namespace', { to: { ...far, namespace: 'A B' } }, 'SM_NAME_INVALID', /namespace/],
    ['nothing to carry', { types: [] }, 'SM_BRIDGE_OPTIONS', /nothing would cross/],
    ['types that are no list', { types: 'order.#' }, 'SM_BRIDGE_OPTIONS', /option types is not a list/],
    ['too many types', { types: Array(1_001).fill('a') }, 'SM_BRIDGE_OPTIONS', /more than 1000/],
    ['a malformed pattern', { types: ['order..x'] }, 'SM_NAME_INVALID', /pattern/],
    ['a type that is none', { types: [7] }, 'SM_NAME_INVALID', /pattern/],
    ["the library's own types", { types: ['sm.#'] }, 'SM_BRIDGE_OPTIONS', /library's own/],
    ['agents that are no list', { agents: 'billing' }, 'SM_BRIDGE_OPTIONS', /option agents is not a list/],
    ['a malformed agent', { agents: ['Billing'] }, 'SM_NAME_INVALID', /agent id/],
    ['a malformed name', { name: 'My bridge' }, 'SM_NAME_INVALID', /My bridge/],
    ['no hops', { maxHops: 0 }, 'SM_BRIDGE_OPTIONS', /maxHops is not an integer of 1 to 16/],
    ['too many hops', { maxHops: 17 }, 'SM_BRIDGE_OPTIONS', /maxHops/],
    ['hops that are no number', { maxHops: '4' }, 'SM_BRIDGE_OPTIONS', /maxHops/],
    ['hops that are NaN', { maxHops: Number.NaN }, 'SM_BRIDGE_OPTIONS', /maxHops/],
    ['no prefetch', { prefetch: 0 }, 'SM_BRIDGE_OPTIONS', /prefetch/],
    ['nothing under way', { maxInFlight: 0 }, 'SM_BRIDGE_OPTIONS', /maxInFlight/],
    ['a negative time', { giveUpAfterMs: -1 }, 'SM_BRIDGE_OPTIONS', /giveUpAfterMs/],
    ['an endless time', { replyIdleMs: Number.POSITIVE_INFINITY }, 'SM_BRIDGE_OPTIONS', /replyIdleMs/],
    ['no time for the transform', { transformTimeoutMs: 0 }, 'SM_BRIDGE_OPTIONS', /transformTimeoutMs/],
    ['no time to start', { startTimeoutMs: 0 }, 'SM_BRIDGE_OPTIONS', /startTimeoutMs/],
    ['no inbox for replies', { maxReplyInboxes: 0 }, 'SM_BRIDGE_OPTIONS', /maxReplyInboxes/],
    ['a durable that is a word', { durable: 'yes' }, 'SM_BRIDGE_OPTIONS', /durable/],
    ['a transform that is none', { transform: {} }, 'SM_BRIDGE_OPTIONS', /transform is not a function/],
    ['an option that there is not', { hops: 3 }, 'SM_BRIDGE_OPTIONS', /"hops".*maxHops/],
  ])('%s', async (_what, options, code, why) => {
    const error = await refusalOf(options)
    expect(error).toMatchObject({ code })
    expect(error.message).toMatch(why)
    expect(error.message).toMatch(/(Correct|Give|Use|Install)/)
  })

  it.each<[string, unknown]>([
    ['in its own namespace', { to: near }],
    ['by other means', { from: 'memory', to: { memory: {} } }],
    ['with other options', { from: memory(), to: memory({ maxQueued: 7 }) }],
  ])('a bridge from memory onto itself, %s', async (_how, options) => {
    expect(await refusalOf(options)).toMatchObject({
      code: 'SM_BRIDGE_LOOP',
      message: expect.stringContaining('Give "from" and "to" different transports, servers or namespaces'),
    })
  })

  it('a bridge from a server onto itself, whoever logs in', async () => {
    const wire = breakableWire()
    const side = (user: string) => wire({ url: `wire://${user}:secret@host:1`, password: user })
    const error = await refusalOf({ from: side('a'), to: side('b') })
    expect(error.code).toBe('SM_BRIDGE_LOOP')
    expect(await refusalOf({ from: wire({ url: 'wire://a' }), to: wire({ url: 'wire://b' }) })).toBe('It was made')
  })

  it('a subscription that is kept, by a wire that keeps none', async () => {
    expect(await refusalOf({ durable: true })).toMatchObject({
      code: 'SM_BRIDGE_START',
      cause: expect.objectContaining({ code: 'SM_CAPABILITY_MISSING' }),
    })
  })

  it('options of a stop', async () => {
    const bridge = await createBridge({ from: near, to: far, types: ['a'], logger: 'silent' })
    await expect(bridge.stop({ timeout: 1 } as never)).rejects.toMatchObject({ code: 'SM_BRIDGE_OPTIONS' })
    await expect(bridge.stop({ timeoutMs: Number.NaN })).rejects.toMatchObject({ code: 'SM_BRIDGE_OPTIONS' })
    await bridge.stop()
  })
})

describe('the name of a bridge', () => {
  const nameOf = async (from: BridgeOptions['from'], to: BridgeOptions['to']) => {
    await using bridge = await createBridge({ from, to, types: ['a'], logger: 'silent' })
    return bridge.name
  }

  it('is the same in both directions, and another for other wires', async () => {
    const one = await nameOf(near, far)
    expect(one).toMatch(/^memory-memory-[0-9a-f]{8}$/)
    expect(await nameOf(far, near)).toBe(one)
    expect(await nameOf(near, { ...far, namespace: 'options-other' })).not.toBe(one)
  })

  it('is the one that it is given', async () => {
    await using bridge = await createBridge({ from: near, to: far, types: ['a'], name: 'mine', logger: 'silent' })
    expect(bridge.name).toBe('mine')
  })
})

describe('a side that does not start', () => {
  it('is told with its cause, and leaves nothing open', async () => {
    const wire = breakableWire()
    wire.faults.startFailure = new Error('Nobody answers')
    const error = await refusalOf({ to: wire() })
    expect(error).toMatchObject({ code: 'SM_BRIDGE_START', message: expect.stringContaining('Nobody answers') })
  })

  it('is given up when its time is over, or when the caller says so', async () => {
    const wire = breakableWire()
    wire.faults.startsNever = true
    expect(await refusalOf({ to: wire(), startTimeoutMs: 5 })).toMatchObject({ code: 'SM_BRIDGE_START' })
    const leaving = new AbortController()
    const started = refusalOf({ to: wire(), signal: leaving.signal })
    leaving.abort(new Error('enough'))
    expect(await started).toMatchObject({ message: 'enough' })
  })
})

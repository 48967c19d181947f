import { createMemoryDeduplication } from '@sm/core'
import { describe, expect, it } from 'vitest'
import { EventLoop } from '../clock/event-loop.ts'
import { Endpoint } from '../network/endpoint.ts'
import { ownStore, SharedStore } from './guarded-store.ts'

const make = () => {
  const loop = new EventLoop({ startMs: 0, maxEvents: 1_000 })
  return { loop, one: new Endpoint('one'), two: new Endpoint('two') }
}

const makeShared = (clock: EventLoop) =>
  new SharedStore({ createStore: createMemoryDeduplication, clock, leaseMs: 1_000, touch: () => undefined })

describe('a store that processes share', () => {
  it('frees what a dead process had begun, after a while', async () => {
    const { loop, one, two } = make()
    const shared = makeShared(loop)
    const [first, second] = [shared.for(one), shared.for(two)]
    expect(first.claim('handler', 'm')).toBe('claimed')
    one.end('killed')
    expect(second.claim('handler', 'm')).toBe('busy')
    await loop.runUntil(1_000)
    expect(second.claim('handler', 'm')).toBe('claimed')
  })

  it('keeps what a dead process had finished', async () => {
    const { loop, one, two } = make()
    const shared = makeShared(loop)
    const [first, second] = [shared.for(one), shared.for(two)]
    first.claim('handler', 'm')
    first.commit('handler', 'm')
    one.end('killed')
    await loop.runUntil(2_000)
    expect(second.claim('handler', 'm')).toBe('done')
  })

  it('hears nothing of what a dead process still does', async () => {
    const { loop, one, two } = make()
    const shared = makeShared(loop)
    const [first, second] = [shared.for(one), shared.for(two)]
    first.claim('handler', 'm')
    one.end('killed')
    void first.commit('handler', 'm')
    void first.claim('handler', 'n')
    await loop.runUntil(2_000)
    expect([second.claim('handler', 'm'), second.claim('handler', 'n')]).toEqual(['claimed', 'claimed'])
  })
})

it('a store of its own knows nothing of others', () => {
  const { loop, one, two } = make()
  const stores = [one, two].map(endpoint => ownStore(createMemoryDeduplication, loop, endpoint))
  expect(stores.map(store => store.claim('handler', 'm'))).toEqual(['claimed', 'claimed'])
})

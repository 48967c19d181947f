import { type Agent, SmError } from '@sm/core'
import { describe, expect, it } from 'vitest'
import { numbers } from '../../../tooling/test/transport-world.ts'
import { breakableWire } from '../test/breakable-wire.ts'
import { bridgeWorld, counted, listens, numbersOf, Placed, Tick } from '../test/bridge-world.ts'

type Capabilities = Parameters<typeof breakableWire>[0]

const outage = (outcome: 'failed' | 'unknown') =>
  new SmError('SM_TEST_OUTAGE', 'The wire broke', { retryable: true, details: { outcome } })

/** A bridge to a wire that can be broken, with an agent on each side. */
async function brokenWorld(capabilities?: Capabilities, options: object = {}) {
  const world = bridgeWorld()
  const wire = breakableWire(capabilities)
  const far = { transports: [wire()] }
  const to = { transport: wire(), namespace: world.namespace('far') }
  const crossing = await world.bridge('near', 'far', { to, ...options })
  const shop = await world.agent('shop', 'near')
  const billing = await world.agent('billing', 'far', far)
  const got = await listens(billing)
  const { faults } = wire
  const published = () => faults.published.filter(({ header }) => header.type === 'order.placed')
  return { ...world, far, to, crossing, shop, billing, got, faults, published }
}

const publish = async (shop: Agent, count: number) => {
  for (const n of numbers(count)) await shop.publish(Placed, { n })
}

describe('while the far side is down', () => {
  it.each(['failed', 'unknown'] as const)(
    'messages at least once wait, in order, and cross under their own ids: the outcome of a try is %s',
    async outcome => {
      const { shop, faults, clock, settle, got, crossing, published, deadLetters } = await brokenWorld()
      faults.failure = outage(outcome)
      await publish(shop, 10)
      await settle()
      await clock.advance(5 * 60_000)
      expect(got).toEqual([])
      expect(deadLetters('near')).toEqual([])
      const tried = new Set(published().map(({ header }) => header.id))
      expect(tried.size, 'None overtakes the first').toBe(1)
      faults.failure = undefined
      await clock.advance(10_000)
      expect(numbersOf(got)).toEqual(numbers(10))
      expect(got[0]?.header.id).toBe([...tried][0])
      const { counters } = await crossing.health()
      expect(counters).toMatchObject({ forwarded: 10, rejected: 0, lost: 0 })
      expect(counters.repeated).toBeGreaterThan(1)
    },
  )

  it('no success is told, and nothing counts as forwarded', async () => {
    const { shop, faults, settle, crossing, lines } = await brokenWorld()
    faults.failure = outage('unknown')
    await publish(shop, 1)
    await settle()
    expect((await crossing.health()).counters.forwarded).toBe(0)
    expect(lines.filter(({ message }) => message.includes('waits for the other side'))).toMatchObject([
      { type: 'order.placed', outcome: 'unknown', messageId: expect.any(String) },
    ])
  })

  it('a try whose answer was lost is repeated under the same id, and its receiver handles it once', async () => {
    const { shop, faults, settle, clock, got, published } = await brokenWorld()
    faults.lateFailure = outage('unknown')
    await publish(shop, 1)
    await settle()
    faults.lateFailure = undefined
    await clock.advance(1_000)
    expect(new Set(published().map(({ header }) => header.id)).size).toBe(1)
    expect(published().length).toBe(2)
    expect(numbersOf(got)).toEqual([0])
  })

  it('a message at most once is lost, counted and told, and those that follow go on', async () => {
    const { shop, faults, settle, crossing, agent, far } = await brokenWorld()
    const ticks: number[] = []
    await (await agent('clock', 'far', far)).subscribe(Tick, ({ n }) => void ticks.push(n))
    faults.failure = outage('failed')
    await shop.publish(Tick, { n: 1 })
    await settle()
    faults.failure = undefined
    await shop.publish(Tick, { n: 2 })
    await settle()
    expect(ticks).toEqual([2])
    expect((await crossing.health()).counters).toMatchObject({ lost: 1, forwarded: 1 })
  })

  it('nobody who subscribes is not nobody: while the wire is lost, a broadcast at least once waits', async () => {
    const { shop, faults, settle, clock, billing, got, crossing, agent, far } = await brokenWorld()
    await billing.stop()
    faults.away = true
    await publish(shop, 1)
    await settle()
    expect((await crossing.health()).counters).toMatchObject({ forwarded: 0, repeated: 1 })
    const again = await listens(await agent('billing', 'far', far))
    faults.away = false
    await clock.advance(1_000)
    expect([numbersOf(got), numbersOf(again)]).toEqual([[], [0]])
  })

  it('the near side keeps what does not fit into the prefetch', async () => {
    const { shop, faults, settle, clock, got, crossing, published } = await brokenWorld({}, { prefetch: 4 })
    faults.failure = outage('failed')
    await publish(shop, 50)
    await settle()
    const { from } = await crossing.health()
    expect(from.details.queued).toBe(46)
    faults.failure = undefined
    await clock.advance(1_000)
    expect(numbersOf(got)).toEqual(numbers(50))
    expect(new Set(published().map(({ header }) => header.id)).size).toBe(50)
  })

  it('a message that loses its meaning meanwhile ends as expired', async () => {
    const { shop, faults, settle, clock, got, crossing } = await brokenWorld()
    faults.failure = outage('failed')
    await shop.publish(Placed, { n: 1 }, { ttlMs: 1_000 })
    await settle()
    await clock.advance(10_000)
    faults.failure = undefined
    await clock.advance(10_000)
    expect(got).toEqual([])
    expect((await crossing.health()).counters).toMatchObject({ expired: 1, forwarded: 0 })
  })
})

describe('what the far side never takes becomes a dead letter of the near side, and others go on', () => {
  it('as a message that is too large', async () => {
    const { shop, settle, got, deadLetters, crossing } = await brokenWorld({ maxFrameBytes: 2_000 })
    await shop.publish(Placed, { n: 1, text: 'x'.repeat(5_000) })
    await shop.publish(Placed, { n: 2 })
    await settle()
    expect(numbersOf(got)).toEqual([2])
    expect(deadLetters('near')).toMatchObject([
      { reason: { code: 'SM_BRIDGE_REFUSED', message: expect.stringContaining('SM_FRAME_TOO_LARGE') } },
    ])
    expect((await crossing.health()).counters).toMatchObject({ rejected: 1, forwarded: 1 })
  })

  it('as a delivery level that the wire does not offer', async () => {
    const { shop, settle, deadLetters } = await brokenWorld({ delivery: { 'at-most-once': 'sent' } })
    await publish(shop, 1)
    await settle()
    expect(deadLetters('near')).toMatchObject([
      { reason: { code: 'SM_BRIDGE_REFUSED', message: expect.stringContaining('SM_CAPABILITY_MISSING') } },
    ])
  })

  it('as mail for an agent that does not come back in time; mail for others, and of others, does not wait for it', async () => {
    const { shop, settle, clock, got, deadLetters, agent, lines } = await brokenWorld(
      {},
      { types: [], agents: ['billing', 'nobody'], giveUpAfterMs: 5_000 },
    )
    const desk = await agent('desk', 'near')
    await shop.publish(Placed, { n: 1 }, { to: 'nobody' })
    await shop.publish(Placed, { n: 2 }, { to: 'billing' })
    await desk.publish(Placed, { n: 3 }, { to: 'billing' })
    await settle()
    expect(numbersOf(got)).toEqual([2, 3])
    await clock.advance(20_000)
    expect(deadLetters('near')).toMatchObject([
      { reason: { code: 'SM_BRIDGE_REFUSED', message: expect.stringContaining('SM_ROUTE_NONE') } },
    ])
    expect(lines.some(({ message }) => message === 'A bridge gives a message up')).toBe(true)
  })

  it('but mail for an agent that comes back in time crosses', async () => {
    const { shop, settle, clock, agent, far } = await brokenWorld({}, { types: [], agents: ['late'] })
    await shop.publish(Placed, { n: 1 }, { to: 'late' })
    await settle()
    const late = await listens(await agent('late', 'far', far))
    await clock.advance(5_000)
    expect(numbersOf(late)).toEqual([1])
  })
})

describe('order', () => {
  it('of each sender is kept when tries fail in between', async () => {
    const { shop, agent, faults, settle, clock, got } = await brokenWorld()
    const desk = await agent('desk', 'near')
    for (const n of numbers(40)) {
      if (n % 7 === 3) faults.failure = outage('failed')
      await shop.publish(Placed, { n })
      await desk.publish(Placed, { n: 100 + n })
      await settle()
      if (n % 7 === 5) {
        faults.failure = undefined
        await clock.advance(10_000)
      }
    }
    faults.failure = undefined
    await clock.advance(10_000)
    const of = (sender: string) => numbersOf(got.filter(({ header }) => header.from.startsWith(`${sender}/`)))
    expect(of('shop')).toEqual(numbers(40))
    expect(of('desk')).toEqual(numbers(40).map(n => 100 + n))
  })
})

describe('several messages of one sender under way', () => {
  it('cross a slow way side by side, in order; by default there is one', async () => {
    for (const [maxInFlight, took] of [
      [1, 2_000],
      [10, 200],
    ] as const) {
      const { shop, faults, settle, clock, got } = await brokenWorld({}, { maxInFlight })
      faults.slowMs = 100
      await publish(shop, 20)
      await settle()
      await clock.advance(took - 100)
      expect(got.length).toBeLessThan(20)
      await clock.advance(100)
      expect(numbersOf(got)).toEqual(numbers(20))
    }
  })

  it('are repeated in order when some fail, and nothing new leaves before', async () => {
    const { shop, faults, settle, clock, got, published, crossing } = await brokenWorld({}, { maxInFlight: 5 })
    faults.slowMs = 100
    await publish(shop, 20)
    await settle()
    await clock.advance(150)
    faults.failure = outage('failed')
    await clock.advance(100)
    expect(new Set(published().map(({ header }) => header.id)).size).toBe(10)
    faults.failure = undefined
    await clock.advance(10_000)
    expect(numbersOf(got)).toEqual(numbers(20))
    expect(published().length, 'Each of five once more').toBe(25)
    expect((await crossing.health()).counters).toMatchObject({ forwarded: 20, repeated: 5 })
  })
})

it('a logger that is told of a message never has its payload', async () => {
  const { shop, settle, lines } = await brokenWorld({ maxFrameBytes: 2_000 })
  await shop.publish(Placed, { n: 1, text: `secret ${'x'.repeat(5_000)}` })
  await settle()
  expect(JSON.stringify(lines)).not.toContain('secret')
  expect(lines.length).toBeGreaterThan(0)
})

it('counters go to the metrics port with the name of the bridge alone', async () => {
  const counts: Array<readonly [string, object]> = []
  const metrics = { count: (name: string, _: number, labels: object) => void counts.push([name, labels]), record() {} }
  const { shop, settle, crossing } = await brokenWorld({}, { metrics })
  await publish(shop, 2)
  await settle()
  expect(counts.filter(([name]) => name.startsWith('smartmessage.bridge.'))).toEqual(
    Array(2).fill(['smartmessage.bridge.forwarded', { bridge: crossing.name }]),
  )
  expect(await counted([crossing], 'forwarded')).toBe(2)
})

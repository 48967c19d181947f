import { isSmError } from '@sm/core'
import { expect, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { numbers } from '../../../tooling/test/transport-world.ts'
import { GetQuote } from './bridge-world.ts'
import { TwoWires, type Wire } from './two-wires.ts'

/** Both wires of a test, once they are there. */
export type Wires = () => { readonly near: Wire; readonly far: Wire }

const unique = (texts: readonly string[]) => [...new Set(texts)]

/** Tests of a bridge between two real wires, whose instances are processes of their own. */
export function keepsItsPromises(wires: Wires): void {
  it.each([1, 2, 3])('%i instances forward each message once', async count => {
    await using world = await TwoWires.between(wires().near, wires().far)
    await world.start(count)
    const senders = [await world.agent('shop', 'near'), await world.agent('desk', 'near')] as const
    await Promise.all(senders.map((sender, i) => world.publish(sender, i * 1_000, 150)))
    await eventually('all arrive', () => world.arrivals.length >= 300)
    // A round trip later nothing has come twice.
    await world.publish(senders[0], 9_999, 1)
    await eventually('the last arrives', () => world.arrivals.some(({ n }) => n === 9_999))
    expect(world.missing).toEqual([])
    expect(world.arrivals).toHaveLength(301)
    await eventually('all are counted', async () => (await world.counted('forwarded')) === 301)
    expect(await world.counted('repeated')).toBe(0)
    // Each instance is one sender of the wire: order holds among what it carries.
    if (count > 1) return
    for (const sender of senders) expect(world.arrivedOf(sender)).toEqual(world.acknowledged.get(sender.id))
  })

  it('all that was acknowledged arrives when one instance is killed and another stops in the middle', async () => {
    await using world = await TwoWires.between(wires().near, wires().far)
    const [first, second] = await world.start(3)
    const shop = await world.agent('shop', 'near')
    const desk = await world.agent('desk', 'near')
    const publishing = Promise.all([world.publish(shop, 0, 400), world.publish(desk, 1_000, 400)])
    await eventually('some arrive', () => world.arrivals.length >= 150)
    await first?.kill()
    await eventually('more arrive', () => world.arrivals.length >= 300)
    expect(await second?.ask('stop')).toMatchObject({
      health: { state: 'stopped', counters: { rejected: 0, lost: 0 } },
    })
    await publishing
    await eventually(
      () => `${world.missing.length} of ${world.acknowledgedIds.length} are missing`,
      () => world.missing.length === 0,
    )
    // Only what the killed one held can have come twice, under the same id.
    const repeats = world.arrivals.length - unique(world.arrivals.map(({ header }) => header.id)).length
    expect(repeats).toBeLessThanOrEqual(2 * 256)
  })

  it('requests cross with replies and errors, also while an instance is killed', async () => {
    await using world = await TwoWires.between(wires().near, wires().far)
    const [first] = await world.start(2)
    await world.answering()
    const shop = await world.agent('shop', 'near')
    const ask = (sku: string) => shop.request(GetQuote, { sku }, { to: 'pricing', timeoutMs: 5_000 })
    await eventually('the way is there', () => ask('1').catch(() => undefined))
    expect(await Promise.all(numbers(50).map(n => ask(String(n))))).toEqual(numbers(50).map(n => 2 * n))
    await expect(ask('tea')).rejects.toMatchObject({
      code: 'SM_HANDLER_FAILED',
      message: expect.stringContaining('No such thing'),
    })
    expect(await shop.request(GetQuote, { sku: '21' }, { timeoutMs: 5_000 }), 'By its type').toBe(42)
    const asked = Promise.allSettled(numbers(20).map(n => ask(String(n))))
    await first?.kill()
    // A request is at most once: one that was with the killed instance ends by its timeout, and none by a wrong answer.
    for (const [n, result] of (await asked).entries()) {
      if (result.status === 'fulfilled') expect(result.value).toBe(2 * n)
      else expect(isSmError(result.reason) && result.reason.code).toMatch(/SM_REQUEST_TIMEOUT|SM_ROUTE_NONE/)
    }
    const again = await eventually('the other carries them all', async () => {
      const results = await Promise.allSettled(numbers(20).map(n => ask(String(n))))
      return results.every(({ status }) => status === 'fulfilled') && results
    })
    expect(again).toHaveLength(20)
  })
}

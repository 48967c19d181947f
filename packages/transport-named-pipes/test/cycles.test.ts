import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { isLong, World } from './world.ts'

describe('connecting and disconnecting', () => {
  // The long version looks for what happens once in a thousand.
  const count = isLong ? 2_000 : 500

  it(`${count} times leaks no file, descriptor, listener or memory on either side`, { timeout: 400_000 }, async ({
    annotate,
  }) => {
    await using world = new World()
    const steady = await world.run('receiver', {
      agent: 'steady',
      topic: 'any.work',
      history: world.historyFile('steady'),
    })
    const cycler = await world.run('cycler', { agent: 'fleeting' })
    const inboxes = world.files()
    assert.equal(inboxes.length, 1)
    // The first ones fill caches and pools.
    await cycler.ask('cycles', { count: 20 })
    const gauges = () => cycler.ask('gauges')
    const before = await gauges()
    const descriptors = steady.descriptors
    const began = performance.now()
    const { links } = await cycler.ask('cycles', { count }, 380_000)
    const took = performance.now() - began
    assert.equal(links, count, 'Not every cycle was linked to the other side when its start had resolved')
    await eventually('the other side has let go of all', async () => {
      const { links: left } = await steady.ask('report')
      return left === 0 && steady.descriptors <= descriptors
    })
    const after = await eventually('this side has let go of all', async () => {
      const now = await gauges()
      return Number(now.descriptors) <= Number(before.descriptors) && now
    })
    assert.deepEqual(world.files(), inboxes, 'Something was left behind')
    assert.equal(after.listeners, before.listeners)
    assert.ok(
      Number(after.resources) <= Number(before.resources) + 1,
      `${after.resources} resources are active, and ${before.resources} were`,
    )
    // A few hundred bytes for each cycle would show.
    const grown = Number(after.heapBytes) - Number(before.heapBytes)
    assert.ok(grown < 4_096 * count, `The heap grew by ${grown} bytes`)
    const { faults, complaints } = await steady.ask('report')
    assert.equal(faults, 0, `A clean end was taken for a fault: ${complaints}`)
    await annotate(`${(took / count).toFixed(1)} ms per cycle; the heap grew by ${Math.round(grown / 1_024)} KiB`)
  })
})

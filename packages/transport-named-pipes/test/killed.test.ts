import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { checkHistory, Handled, Sent } from './history.ts'
import { World } from './world.ts'

const topic = 'stream.work'

describe('a process that is killed', () => {
  it('as a receiver in mid-stream loses nothing, and its instance takes over the rest', { timeout: 60_000 }, async ({
    annotate,
  }) => {
    await using world = new World()
    const receiver = (name: string) =>
      world.run('receiver', { agent: 'worker', topic, history: world.historyFile(name) })
    const [first] = await Promise.all([receiver('first'), receiver('second')])
    const count = 6_000
    const sender = await world.run('sender', { agent: 'source', topic, history: world.historyFile('sender'), count })
    await sender.ask('go')
    const handled = (name: string) => new Handled(name, world.lines(name))
    await eventually('the first instance is in mid-stream', () => handled('first').ids.length > 500)
    await first?.kill()
    await sender.heard('sent')
    await sender.ask('stop')
    const sent = new Sent(world.lines('sender'))
    const [dead, heir] = [handled('first'), handled('second')]
    const repeats = checkHistory(sent, [dead, heir])
    assert.equal(sent.begun.size, count)
    assert.equal(sent.ok.size, count, 'A publish did not succeed although one instance was there all the time')
    assert.ok(dead.ids.length < count && dead.ids.length > 500, `It was not in mid-stream (${dead.ids.length})`)
    assert.equal(new Set([...dead.ids, ...heir.ids]).size, count)
    // A turn hands over no more than the prefetch, and only acks of the last turn can have stayed behind.
    assert.ok(repeats.length <= 16, `${repeats.length} messages were handled again`)
    const list = repeats.map(({ id }) => id).join(' ') || 'none'
    await annotate(`handled by the killed instance ${dead.ids.length}, by the other ${heir.ids.length}, again: ${list}`)
  })

  it('as a sender leaves what it had receipts for handled once, and others unaffected', {
    timeout: 60_000,
  }, async () => {
    await using world = new World()
    const receiver = await world.run('receiver', { agent: 'worker', topic, history: world.historyFile('receiver') })
    const sender = (name: string, rest: object = {}) =>
      world.run('sender', { agent: 'source', topic, history: world.historyFile(name), ...rest })
    // Large frames too: one is under way at the end, and must not keep back those of others.
    const doomed = await sender('doomed', { large: { every: 4, bytes: 1_048_576 } })
    const steady = await sender('steady', { atOnce: 4 })
    await Promise.all([doomed.ask('go'), steady.ask('go')])
    await eventually('the doomed sender is in mid-stream', () => new Sent(world.lines('doomed')).ok.size > 100)
    await doomed.kill()
    const before = new Sent(world.lines('steady')).ok.size
    await eventually('the other sender goes on', () => new Sent(world.lines('steady')).ok.size > before + 500)
    await steady.ask('halt')
    await steady.ask('stop')
    const lines = () => world.lines('receiver')
    const sent = new Sent([...world.lines('doomed'), ...world.lines('steady')])
    await eventually('what was acknowledged is handled', () => {
      const { ids } = new Handled('receiver', lines())
      const here = new Set(ids)
      return [...sent.ok].every(id => here.has(id))
    })
    await receiver.ask('stop')
    const repeats = checkHistory(sent, [new Handled('receiver', lines())])
    assert.deepEqual(repeats, [], 'A message was handled twice')
    assert.equal(receiver.end, undefined, 'The receiver did not survive')
  })
})

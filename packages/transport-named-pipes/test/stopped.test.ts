import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import type { Program } from '../../../tooling/test/program.ts'
import { checkHistory, Handled, Sent } from './history.ts'
import { World } from './world.ts'

const topic = 'stream.work'

/** Resolves when a sender has got no further for half a second. */
async function stalled(sender: Program): Promise<number> {
  let last = -1
  let since = performance.now()
  return eventually('the sender has to wait', async () => {
    const ended = Number((await sender.ask('report')).ended)
    if (ended !== last) {
      last = ended
      since = performance.now()
    }
    return performance.now() - since > 500 && ended
  })
}

describe('a receiver whose process is stopped', () => {
  for (const delivery of ['at-least-once', 'at-most-once'] as const) {
    it(`slows an ${delivery} sender, whose memory stays bounded, and gets everything once it goes on`, {
      timeout: 60_000,
    }, async ({ annotate }) => {
      await using world = new World()
      const [bytes, atOnce] = [16_384, 64]
      const receiver = await world.run('receiver', { agent: 'worker', topic, history: world.historyFile('receiver') })
      const sender = await world.run('sender', {
        agent: 'source',
        topic,
        history: world.historyFile('sender'),
        bytes,
        atOnce,
        delivery,
      })
      await sender.ask('go')
      await eventually('frames flow', () => new Handled('receiver', world.lines('receiver')).ids.length > 200)
      const before = sender.rssBytes
      receiver.signal('SIGSTOP')
      const at = await stalled(sender)
      const { waiting, ended } = await sender.ask('report')
      assert.equal(ended, at)
      // A frame that has no room waits in the publishes that wait: no more than are made at once.
      assert.ok(Number(waiting) <= atOnce, `${waiting} frames wait`)
      // The window of one subscription (1 MiB), what a pipe and the outputs hold, and a heap that breathes.
      const grown = sender.rssBytes - before
      assert.ok(grown < 64 * 1_048_576, `The sender grew by ${grown} bytes`)
      receiver.signal('SIGCONT')
      await eventually('frames flow again', async () => Number((await sender.ask('report')).ended) > at + 200)
      await sender.ask('halt')
      await sender.ask('stop')
      await receiver.ask('stop')
      const sent = new Sent(world.lines('sender'))
      const repeats = checkHistory(sent, [new Handled('receiver', world.lines('receiver'))])
      assert.deepEqual(repeats, [])
      assert.equal(sent.ok.size, sent.begun.size, 'A publish failed')
      await annotate(
        `${sent.ok.size} frames of ${bytes} bytes; the sender grew by ${Math.round(grown / 1_024)} KiB while it waited`,
      )
    })
  }

  it('for longer than a link may be silent is left, and gets everything once it goes on', { timeout: 60_000 }, async ({
    annotate,
  }) => {
    await using world = new World()
    const options = { heartbeatMs: 200, deadAfterMs: 1_000 }
    const receiver = await world.run('receiver', {
      agent: 'worker',
      topic,
      history: world.historyFile('receiver'),
      options,
    })
    const sender = await world.run('sender', { agent: 'source', topic, history: world.historyFile('sender'), options })
    await sender.ask('go')
    await eventually('frames flow', () => new Handled('receiver', world.lines('receiver')).ids.length > 200)
    receiver.signal('SIGSTOP')
    await eventually('the link is given up', async () => (await sender.ask('report')).links === 0)
    const before = Number((await sender.ask('report')).ended)
    receiver.signal('SIGCONT')
    await eventually('frames flow again', async () => Number((await sender.ask('report')).ended) > before + 200)
    await sender.ask('halt')
    await sender.ask('stop')
    await receiver.ask('stop')
    const sent = new Sent(world.lines('sender'))
    const { ids } = new Handled('receiver', world.lines('receiver'))
    const here = new Set(ids)
    assert.deepEqual(
      [...sent.ok].filter(id => !here.has(id)),
      [],
      'What was acknowledged was not handled',
    )
    assert.deepEqual(
      [...sent.failed].filter(id => here.has(id)),
      [],
      'What failed was handled',
    )
    await annotate(`handled again after the link was given up: ${ids.length - here.size} of ${here.size}`)
  })

  it('as a sender in the middle of a large frame holds up nobody else', { timeout: 60_000 }, async () => {
    await using world = new World()
    const receiver = await world.run('receiver', { agent: 'worker', topic, history: world.historyFile('receiver') })
    const sender = (name: string, rest: object) =>
      world.run('sender', { agent: name, topic, history: world.historyFile(name), ...rest })
    const heavy = await sender('heavy', { bytes: 15_000_000, atOnce: 4 })
    const light = await sender('light', { count: 200 })
    await heavy.ask('go')
    await eventually('large frames flow', () => new Handled('receiver', world.lines('receiver')).ids.length > 2)
    await eventually('it is stopped within a large frame', async () => {
      heavy.signal('SIGSTOP')
      // By the second answer, what was in the pipe has been read.
      await receiver.ask('report')
      const { queued } = await receiver.ask('report')
      if (Number(queued) > 0) return true
      heavy.signal('SIGCONT')
      return false
    })
    await light.ask('go')
    // Far less than the silence after which the link would be given up.
    await light.heard('sent', 5_000)
    const sent = new Sent(world.lines('light'))
    assert.equal(sent.ok.size, 200)
    const here = () => new Set(new Handled('receiver', world.lines('receiver')).ids)
    await eventually('those of the other are handled', () => [...sent.ok].every(id => here().has(id)), 5_000)
    heavy.signal('SIGCONT')
    await heavy.ask('halt')
    assert.equal(new Sent(world.lines('heavy')).failed.size, 0)
    assert.equal(receiver.end, undefined)
  })
})

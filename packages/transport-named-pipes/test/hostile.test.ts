import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { checkHistory, Handled, Sent } from './history.ts'
import { isLong, World } from './world.ts'

describe('a hostile process of the same user', () => {
  const frames = isLong ? 1_000_000 : 50_000
  const seed = Number(process.env.SM_SEED ?? 20_260_801)

  it(`that writes ${frames} changed frames harms nobody, and each fault is counted by its code`, {
    timeout: isLong ? 1_800_000 : 90_000,
  }, async ({ annotate }) => {
    await using world = new World()
    const topic = 'stream.work'
    const victim = await world.run('receiver', { agent: 'victim', topic, history: world.historyFile('victim') })
    const steady = await world.run('sender', {
      agent: 'steady',
      topic,
      history: world.historyFile('steady'),
      atOnce: 2,
    })
    await steady.ask('go')
    const hostile = await world.run('hostile', { agent: 'hostile', victim: 'victim', seed })
    const descriptors = victim.descriptors
    // A first round fills what is kept for ever: caches, buffers for the next link, and compiled code.
    await hostile.ask('attack', { frames: 2_000, each: 200 })
    const memory = async () => Number((await victim.ask('memory')).bytes)
    const before = await memory()
    const rss = { before: victim.rssBytes, most: 0 }
    const watch = setInterval(() => {
      rss.most = Math.max(rss.most, victim.end === undefined ? victim.rssBytes : 0)
    }, 100)
    const done = await hostile
      .ask('attack', { frames, each: 200 }, isLong ? 1_800_000 : 80_000)
      .finally(() => clearInterval(watch))
    assert.equal(victim.end, undefined, `The victim ended (seed ${seed})`)

    // Memory: what a few hundred links in a row need is collected late, and must not add up.
    assert.ok(
      rss.most - rss.before < 160 * 1_048_576,
      `The victim grew by ${rss.most - rss.before} bytes (seed ${seed})`,
    )
    await hostile.kill()

    // And of what is left when the rubbish is gone, nothing may stay for each link or frame.
    let kept = 0
    const isGone = async () => {
      kept = (await memory()) - before
      return kept < 16 * 1_048_576
    }
    // The last links are still being closed when their process is dead: what stays is what is looked for.
    await eventually(() => `the victim keeps less than ${kept} bytes (seed ${seed})`, isGone)

    // Others: the same exchange as without it, each message once.
    const { ended } = await steady.ask('halt')
    await steady.ask('stop')
    const sent = new Sent(world.lines('steady'))
    assert.equal(sent.ok.size, ended, 'A publish of another failed')
    assert.ok(sent.ok.size > 500, `Others could exchange only ${sent.ok.size} messages meanwhile`)
    const report = await victim.ask('report')
    await victim.ask('stop')
    assert.deepEqual(checkHistory(sent, [new Handled('victim', world.lines('victim'))]), [])

    // Faults: each link that ended was told, and all have codes.
    const complaints = new Map(report.complaints as [string, number][])
    const told = [...complaints.values()].reduce((sum, count) => sum + count, 0)
    assert.equal(report.faults, told, 'Some faults were told but not counted, or counted but not told')
    assert.ok(told > Number(done.ended) + Number(done.lines) / 2, `Only ${told} faults were told`)
    const uncoded = [...complaints.keys()].filter(code => !code.startsWith('SM_'))
    assert.deepEqual(uncoded, [], 'A fault has no code')
    for (const code of ['SM_MESH_PROTOCOL', 'SM_PIPES_GREETING']) assert.ok(complaints.has(code), `No ${code}`)
    assert.equal(report.links, 0)
    assert.ok(victim.descriptors <= descriptors, 'A descriptor was leaked')
    assert.deepEqual(world.files(), [], 'Something was left behind')
    const facts = [...complaints].map(([code, count]) => `${code} ${count}`).join(', ')
    const mebibytes = (bytes: number) => Math.round(bytes / 1_048_576)
    await annotate(
      `${done.frames} frames over ${done.links} links, ${done.lines} lines; ${facts}; RSS ${mebibytes(rss.before)} to ${mebibytes(rss.most)} MiB; kept ${Math.round(kept / 1_024)} KiB; others exchanged ${sent.ok.size}`,
    )
  })
})

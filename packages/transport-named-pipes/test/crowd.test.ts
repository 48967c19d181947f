import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { checkHistory, Handled, Sent } from './history.ts'
import { World } from './world.ts'

describe('many agents on one machine', () => {
  it('a hundred in ten processes are all linked, and each reaches each', { timeout: 400_000 }, async ({ annotate }) => {
    await using world = new World()
    const names = Array.from({ length: 100 }, (_, i) => `agent-${i}`)
    const began = performance.now()
    // All at once: each pair finds each other while both are busy with others.
    const crowds = await Promise.all(
      Array.from({ length: 10 }, (_, i) => world.run('crowd', { agents: names.slice(10 * i, 10 * i + 10) }, 120_000)),
    )
    await eventually(
      'everyone has a link to everyone else',
      async () => {
        const links = (await Promise.all(crowds.map(crowd => crowd.ask('links')))).flatMap(told => told.links)
        return links.every(count => count === names.length - 1)
      },
      // Seconds by themselves; beside other work each of the ten waits for its turn.
      240_000,
    )
    const linked = performance.now() - began
    await eventually('everyone knows the inbox of everyone', async () => {
      const told = await Promise.all(crowds.map(crowd => crowd.ask('knows', { everyone: names })))
      return told.every(({ knows }) => knows)
    })
    await Promise.all(crowds.map(crowd => crowd.ask('greet', { everyone: names })))
    const told = await eventually('every greeting is handled', async () => {
      const all = (await Promise.all(crowds.map(crowd => crowd.ask('got')))).flatMap(
        ({ got }) => got as [string, [string, number][]][],
      )
      return all.every(([, counts]) => counts.length === names.length) && all
    })
    for (const [agent, counts] of told) {
      for (const [from, count] of counts) assert.equal(count, 1, `${agent} got ${count} greetings of ${from}`)
    }
    // A pipe for each direction of a link, an inbox with its own writer, and what node needs: no more stays open.
    for (const crowd of crowds) {
      const most = 10 * (99 * 2 + 2) + 100
      const what = () => `a process of ten agents has at most ${most} descriptors, not ${crowd.descriptors}`
      // A pair that dialled each other at once has two links for a moment.
      await eventually(what, () => crowd.descriptors <= most)
    }
    await Promise.all(crowds.map(crowd => crowd.ask('stop')))
    assert.deepEqual(world.files(), [], 'Something was left behind')
    await annotate(`4,950 links in ${Math.round(linked)} ms, the start of ten processes included`)
  })

  it('of two namespaces never mix, although their names are the same', { timeout: 120_000 }, async () => {
    await using world = new World()
    const topic = 'stream.work'
    const pair = async (namespace: string) => {
      const history = (name: string) => ({ namespace, topic, history: world.historyFile(`${namespace}-${name}`) })
      const receiver = await world.run('receiver', { agent: 'worker', ...history('receiver') })
      const sender = await world.run('sender', { agent: 'source', count: 1_000, ...history('sender') })
      return { namespace, receiver, sender }
    }
    const pairs = await Promise.all([pair('left'), pair('right')])
    await Promise.all(pairs.map(({ sender }) => sender.ask('go')))
    await Promise.all(pairs.map(({ sender }) => sender.heard('sent')))
    for (const { namespace, receiver, sender } of pairs) {
      assert.equal((await sender.ask('report')).links, 1, `An agent of ${namespace} has links beyond its namespace`)
      await sender.ask('stop')
      await receiver.ask('stop')
      const sent = new Sent(world.lines(`${namespace}-sender`))
      assert.equal(sent.ok.size, 1_000)
      // A message of the other namespace would be one that nobody sent.
      assert.deepEqual(checkHistory(sent, [new Handled(namespace, world.lines(`${namespace}-receiver`))]), [])
      assert.deepEqual(world.files(namespace), [], 'Something was left behind')
    }
  })
})

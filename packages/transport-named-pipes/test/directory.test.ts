import assert from 'node:assert/strict'
import { lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import type { Program } from '../../../tooling/test/program.ts'
import { makeFifos } from '../src/fifo.ts'
import { Handled } from './history.ts'
import { World } from './world.ts'

const topic = 'stream.work'
const start = {
  receiver: (world: World, name = 'receiver') =>
    world.run('receiver', { agent: 'worker', topic, history: world.historyFile(name) }),
  sender: (world: World) =>
    world.run('sender', { agent: 'source', topic, history: world.historyFile('sender'), count: 100 }),
}
const linked = (...programs: Program[]) =>
  eventually('they are linked', async () => {
    const reports = await Promise.all(programs.map(program => program.ask('report')))
    return reports.every(({ links }) => links === programs.length - 1)
  })

describe('the directory of a namespace', () => {
  for (const order of [
    ['receiver', 'sender'],
    ['sender', 'receiver'],
  ] as const) {
    it(`is empty after a clean stop, whoever starts first: the ${order[0]}`, { timeout: 60_000 }, async () => {
      await using world = new World()
      const programs = [await start[order[0]](world), await start[order[1]](world)]
      await linked(...programs)
      // Each has its inbox, and the pipes of the link have lost their names.
      assert.match(world.files().join(' '), /^source\.\w{26}\.in\.pipe worker\.\w{26}\.in\.pipe$/)
      for (const file of world.files()) {
        const stats = lstatSync(join(world.base, world.namespace, file))
        assert.ok(stats.isFIFO())
        assert.equal(stats.mode & 0o777, 0o600)
      }
      const [receiver, sender] = order[0] === 'receiver' ? programs : programs.toReversed()
      await sender?.ask('go')
      await sender?.heard('sent')
      await sender?.ask('stop')
      await receiver?.ask('stop')
      assert.equal(new Handled('receiver', world.lines('receiver')).ids.length, 100)
      assert.deepEqual(world.files(), [])
    })
  }

  it('keeps the inbox of a process that was killed, and nothing else, until the next agent comes', {
    timeout: 60_000,
  }, async () => {
    await using world = new World()
    const receivers = [await start.receiver(world, 'a'), await start.receiver(world, 'b')]
    await linked(...receivers)
    const inboxes = world.files()
    assert.equal(inboxes.length, 2)
    await Promise.all(receivers.map(receiver => receiver.kill()))
    assert.deepEqual(world.files(), inboxes)
    const heir = await start.receiver(world, 'c')
    const left = await eventually('what the dead left is removed', () => world.files().length === 1 && world.files())
    assert.ok(!inboxes.includes(left[0] as string), 'The new one removed itself')
    assert.equal((await heir.ask('report')).links, 0)
  })

  it('is cleared of the dead by those who lost them, also when others start at once', { timeout: 60_000 }, async () => {
    await using world = new World()
    const [doomed, survivor] = [await start.receiver(world, 'a'), await start.receiver(world, 'b')]
    await linked(doomed, survivor)
    await doomed.kill()
    const heir = await start.receiver(world, 'c')
    await linked(survivor, heir)
    await eventually('the inbox of the dead is removed', () => world.files().length === 2)
  })

  it('has each inbox made again when somebody removes it, and who comes later is found by all', {
    timeout: 60_000,
  }, async () => {
    await using world = new World()
    const receivers = [await start.receiver(world, 'a'), await start.receiver(world, 'b')]
    await linked(...receivers)
    const inboxes = world.files()
    for (const name of inboxes) rmSync(join(world.base, world.namespace, name))
    await eventually('both are made again', () => world.files().join() === inboxes.join())
    for (const name of world.files()) {
      const stats = lstatSync(join(world.base, world.namespace, name))
      assert.ok(stats.isFIFO())
      assert.equal(stats.mode & 0o777, 0o600)
    }
    const sender = await start.sender(world)
    await linked(...receivers, sender)
    await sender.ask('go')
    await sender.heard('sent')
    for (const program of [sender, ...receivers]) await program.ask('stop')
    const handled = ['a', 'b'].flatMap(name => new Handled(name, world.lines(name)).ids)
    assert.equal(new Set(handled).size, 100)
    assert.deepEqual(world.files(), [])
  })

  it('may hold what nobody reads: a pipe without a process is removed, whatever its process had as number', {
    timeout: 60_000,
  }, async () => {
    await using world = new World()
    await start.receiver(world, 'a')
    const mine = world.files()
    const stale = (name: string) => join(world.base, world.namespace, name)
    // Nothing is named by the number of a process, so that none that has been given again can fool anybody.
    // Under another name first: it may be removed at once.
    await makeFifos(stale('made'))
    renameSync(stale('made'), stale('ghost.01ARZ3NDEKTSV4RRFFQ69G5FAV.in.pipe'))
    await eventually('it is removed', () => world.files().length === mine.length)
    assert.deepEqual(world.files(), mine)
  })

  it('keeps no pipes that were made ahead for a link which then was not needed', { timeout: 60_000 }, async () => {
    await using world = new World()
    await start.receiver(world, 'a')
    const ghost = join(world.base, world.namespace, 'ghost.01ARZ3NDEKTSV4RRFFQ69G5FAV.in.pipe')
    writeFileSync(ghost, 'not a pipe, and so never called with success')
    const heir = await start.receiver(world, 'b')
    assert.equal((await heir.ask('report')).links, 1)
    await eventually('they are removed', () => world.files(`${world.namespace}.links`).length === 0)
  })

  it('may hold what is not ours: it is left alone', { timeout: 60_000 }, async () => {
    await using world = new World()
    const receiver = await start.receiver(world, 'a')
    const notOurs = ['README', 'worker.in.pipe', 'x'.repeat(200), '.hidden', 'UPPER.01ARZ3NDEKTSV4RRFFQ69G5FAV.in.pipe']
    for (const name of notOurs) writeFileSync(join(world.base, world.namespace, name), 'mine')
    const sender = await start.sender(world)
    await linked(receiver, sender)
    await sender.ask('go')
    await sender.heard('sent')
    for (const program of [sender, receiver]) await program.ask('stop')
    assert.deepEqual(world.files(), [...notOurs].sort())
  })

  it('may hold a plain file where an inbox would be: it is nobody, and costs no peer anything', {
    timeout: 60_000,
  }, async () => {
    await using world = new World()
    const receiver = await start.receiver(world, 'a')
    const fake = join(world.base, world.namespace, 'fake.01ARZ3NDEKTSV4RRFFQ69G5FAV.in.pipe')
    writeFileSync(fake, 'mine')
    const sender = await start.sender(world)
    await linked(receiver, sender)
    await sender.ask('go')
    await sender.heard('sent')
    assert.equal(receiver.end ?? sender.end, undefined)
  })
})

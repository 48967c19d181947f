import { createVirtualClock } from '@sm/core/testing'
import { describe, expect, it } from 'vitest'
import { makeFrame } from '../../test/world.ts'
import { untouched } from '../wire/packets/packet.ts'
import { FrameCopy } from './frame-copy.ts'
import type { Member } from './member.ts'
import { RemoteGroup } from './remote-group.ts'

class TestMember implements Member {
  readonly name: string
  readonly instance: string
  readonly entries: FrameCopy[] = []
  room: number

  constructor(instance: string, room = 1_000) {
    this.name = `agent/${instance}`
    this.instance = instance
    this.room = room
  }

  get ids() {
    return this.entries.map(({ frame }) => frame.header.id)
  }

  send(copy: FrameCopy): void {
    copy.sent()
    this.room -= 100
    this.entries.push(copy)
  }
}

function createGroup(members: readonly TestMember[] = []) {
  const clock = createVirtualClock()
  const abandoned: string[] = []
  let ended = 0
  const group = new RemoteGroup('order.placed billing', { kind: 'pattern', pattern: '#' }, 'billing', {
    graceMs: 1_000,
    schedule: (callback, delayMs) => clock.schedule(callback, delayMs),
    ended: () => {
      ended += 1
    },
    abandoned: (_, entries) => {
      for (const copy of entries) {
        abandoned.push(copy.frame.header.id)
        copy.failed(undefined)
      }
    },
  })
  for (const member of members) group.join(member)
  const push = (id: string, attributes: object = {}) => {
    const copy = new FrameCopy(makeFrame(id, 1, attributes), group, undefined)
    group.push(copy)
    return copy
  }
  return { group, push, clock, abandoned, endings: () => ended }
}

describe('a group', () => {
  it('gives each frame to the member with the most room, in turn among equals', () => {
    const members = [new TestMember('a', 1_000), new TestMember('b', 1_300), new TestMember('c', 1_000)]
    const { push } = createGroup(members)
    for (let i = 0; i < 3; i++) push(`m${i}`)
    expect(members.map(({ ids }) => ids.length)).toEqual([0, 3, 0])
    for (let i = 0; i < 9; i++) push(`n${i}`)
    expect(members.map(({ ids }) => ids.length)).toEqual([3, 6, 3])
  })

  it('gives all frames of one key to one member, and moves only the keys of one that left', () => {
    const members = ['a', 'b', 'c', 'd'].map(instance => new TestMember(instance, 1_000_000))
    const { group, push } = createGroup(members)
    const keys = Array.from({ length: 200 }, (_, i) => `key ${i}`)
    const owners = () => {
      for (const member of members) member.entries.length = 0
      for (const key of keys) push(key, { key })
      return keys.map(key => members.findIndex(({ ids }) => ids.includes(key)))
    }
    const before = owners()
    expect(owners()).toEqual(before)
    for (const n of [0, 1, 2, 3]) expect(before.filter(owner => owner === n).length).toBeGreaterThan(25)
    group.leave(members[2] as TestMember)
    const after = owners()
    for (const [i, owner] of before.entries()) if (owner !== 2) expect(after[i]).toBe(owner)
    expect(after.includes(2)).toBe(false)
    group.join(members[2] as TestMember)
    expect(owners()).toEqual(before)
  })

  it('gives a key to the newer of two links to one instance', () => {
    const [old, fresh] = [new TestMember('a', 0), new TestMember('a', 1_000)]
    const { push } = createGroup([old, fresh])
    push('m', { key: 'k' })
    expect(fresh.ids).toEqual(['m'])
  })

  it('keeps frames in order while there is no room, and lets none overtake', () => {
    const member = new TestMember('a', 0)
    const { group, push } = createGroup([member])
    for (const id of ['1', '2', '3']) push(id)
    member.room = 100
    expect(group.offer(makeFrame('4', 1, { delivery: 'at-most-once' }))).toBe(false)
    push('4')
    expect(member.ids).toEqual([])
    group.pump()
    expect(member.ids).toEqual(['1'])
    member.room = 1_000
    group.pump()
    expect(member.ids).toEqual(['1', '2', '3', '4'])
    expect(group.waiting).toBe(0)
  })

  it('sends a frame that came back again, one attempt later, to a member with room', () => {
    const members = [new TestMember('a', 1_000), new TestMember('b', 900)]
    const { group, push } = createGroup(members)
    const copy = push('m')
    group.returned(copy, 0)
    group.returned(copy, 0)
    expect(copy.attempt).toBe(3)
    expect(members.map(({ ids }) => ids.length)).toEqual([2, 1])
  })

  it('does not count a try that no consumer has seen', () => {
    const { group, push } = createGroup([new TestMember('a')])
    const copy = push('m')
    group.returned(copy, untouched)
    expect(copy.attempt).toBe(1)
  })

  it('holds a frame back as long as was asked, and others do not wait for it', async () => {
    const member = new TestMember('a')
    const { group, push, clock } = createGroup([member])
    group.again(push('late'), 500)
    push('next')
    await clock.advance(499)
    expect(member.ids).toEqual(['late', 'next'])
    expect(group.waiting).toBe(1)
    await clock.advance(1)
    expect(member.ids).toEqual(['late', 'next', 'late'])
  })

  it('keeps what waits for a grace when its last member has gone, and gives it to the next', async () => {
    const [gone, next] = [new TestMember('a', 0), new TestMember('b')]
    const { group, push, clock, abandoned, endings } = createGroup([gone])
    push('m')
    group.leave(gone)
    await clock.advance(999)
    group.join(next)
    await clock.advance(5_000)
    expect(next.ids).toEqual(['m'])
    expect([abandoned, endings()]).toEqual([[], 0])
  })

  it('abandons what waits when nobody came in time, and ends', async () => {
    const gone = new TestMember('a', 0)
    const { group, push, clock, abandoned, endings } = createGroup([gone])
    for (const id of ['1', '2']) push(id)
    group.leave(gone)
    await clock.advance(1_000)
    expect(abandoned).toEqual(['1', '2'])
    expect(endings()).toBeGreaterThan(0)
    expect(clock.pending).toBe(0)
  })

  it('stays for what its last member still has, which may come back', async () => {
    const gone = new TestMember('a')
    const { group, push, endings } = createGroup([gone])
    const copy = push('m')
    group.leave(gone)
    expect(endings()).toBe(0)
    const next = new TestMember('b')
    group.again(copy, 0)
    group.join(next)
    expect(next.ids).toEqual(['m'])
    copy.done()
    group.leave(next)
    expect(endings()).toBe(1)
  })

  it('takes back only what no link has', () => {
    const member = new TestMember('a', 100)
    const { group, push } = createGroup([member])
    const [sent, waits, later] = [push('sent'), push('waits'), push('later')]
    expect([group.withdraw(sent), group.withdraw(waits)]).toEqual([false, true])
    member.room = 1_000
    group.pump()
    expect(member.ids).toEqual(['sent', 'later'])
    expect(later.isSent).toBe(true)
  })

  it('does not send again what its publisher gave up', () => {
    const member = new TestMember('a')
    const { group, push } = createGroup([member])
    const copy = push('m')
    copy.abandon()
    group.again(copy, 0)
    expect(member.ids).toEqual(['m'])
  })
})

import { describe, expect, it } from 'vitest'
import { Bindings } from './bindings.ts'

function bindings() {
  const faults: string[] = []
  const table = new Bindings(queue => void faults.push(queue))
  table.replace('7', [
    ...['a:topic:order.placed', 'topic:order.placed', 'b:topic:order.*', 'topic:order.*', 'c:topic:#', 'topic:#'],
    ...['a:inbox:a', 'inbox:a'],
  ])
  return { table, faults }
}

describe('bindings', () => {
  it('lead each place to its queues', () => {
    const { table } = bindings()
    expect(table.match('topic:order.placed')).toEqual(['a:topic:order.placed', 'b:topic:order.*', 'c:topic:#'])
    expect(table.match('topic:order')).toEqual(['c:topic:#'])
    expect(table.match('inbox:a')).toEqual(['a:inbox:a'])
    expect(table.match('inbox:b')).toEqual([])
  })

  it('give the same list until they change', () => {
    const { table } = bindings()
    const before = table.match('topic:order.placed')
    expect(table.match('topic:order.placed')).toBe(before)
    table.apply('8', 'd:topic:order.placed', 'topic:order.placed')
    expect(table.match('topic:order.placed')).toHaveLength(4)
    table.apply('9', 'd:topic:order.placed', '')
    expect(table.match('topic:order.placed')).toEqual(before)
    expect([table.version, table.size, table.has('d:topic:order.placed')]).toEqual(['9', 4, false])
  })

  it('ignore a change that does not follow on what is known', () => {
    const { table } = bindings()
    table.apply('9', 'd:inbox:d', 'inbox:d')
    expect([table.version, table.match('inbox:d')]).toEqual(['7', []])
  })

  it('report a pattern that is none, and go on without it', () => {
    const { table, faults } = bindings()
    table.apply('8', 'evil', 'topic:*..#')
    expect(faults).toEqual(['evil'])
    expect(table.match('topic:order')).toEqual(['c:topic:#'])
  })

  it('remember a bounded number of places', () => {
    const { table } = bindings()
    for (let i = 0; i < 10_000; i++) expect(table.match(`topic:x${i}`)).toEqual(['c:topic:#'])
  })
})

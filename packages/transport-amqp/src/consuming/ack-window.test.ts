import { describe, expect, it } from 'vitest'
import { AckWindow } from './ack-window.ts'

function collected() {
  const sent: string[] = []
  const acks = new AckWindow((tag, allUpTo) => sent.push(allUpTo ? `..${tag}` : `${tag}`))
  return { acks, sent }
}

const turn = () => new Promise<void>(resolve => process.nextTick(resolve))

describe('a window of acks', () => {
  it('sends those of one turn as one', async () => {
    const { acks, sent } = collected()
    for (const tag of [1, 2, 3]) acks.ack(tag)
    expect(sent).toEqual([])
    await turn()
    expect(sent).toEqual(['..3'])
    acks.ack(4)
    await turn()
    expect(sent).toEqual(['..3', '..4'])
  })

  it('sends what comes after a gap one by one, and never again', async () => {
    const { acks, sent } = collected()
    for (const tag of [1, 3, 5]) acks.ack(tag)
    await turn()
    expect(sent).toEqual(['..1', '3', '5'])
    acks.ack(2)
    await turn()
    // A broker takes an ack only of what it still waits for: 3 has been acked.
    expect(sent).toEqual(['..1', '3', '5', '..2'])
    for (const tag of [4, 6]) acks.ack(tag)
    await turn()
    expect(sent.slice(4)).toEqual(['..6'])
  })

  it('passes over what needs no ack', async () => {
    const { acks, sent } = collected()
    acks.skip(1)
    acks.ack(2)
    acks.skip(4)
    acks.ack(5)
    await turn()
    expect(sent).toEqual(['..2', '5'])
    acks.ack(3)
    acks.ack(6)
    await turn()
    expect(sent.slice(2)).toEqual(['..6'])
  })

  it('sends what was collected when it is told to', async () => {
    const { acks, sent } = collected()
    acks.ack(2)
    acks.ack(1)
    acks.flush()
    expect(sent).toEqual(['..2'])
    await turn()
    expect(sent).toEqual(['..2'])
  })
})

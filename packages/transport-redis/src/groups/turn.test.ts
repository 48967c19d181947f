import { describe, expect, it } from 'vitest'
import { Turn } from './turn.ts'

const messages = Array.from({ length: 300 }, (_, i) => Buffer.from(`message ${i}`))

function turns(members: readonly string[], sides: readonly string[] = members) {
  return sides.map(side => {
    const turn = new Turn()
    turn.set(members, side)
    return turn
  })
}

describe('the turn of a member', () => {
  it('comes for each message to exactly one, and for all of them now and then', () => {
    const three = turns(['a', 'b', 'c'])
    const taken = messages.map(message => three.filter(turn => turn.takes(message)).length)
    expect(new Set(taken)).toEqual(new Set([1]))
    for (const turn of three) expect(messages.filter(message => turn.takes(message)).length).toBeGreaterThan(50)
  })

  it('never comes to who is no member', () => {
    const [stranger] = turns(['a', 'b'], ['c'])
    expect(messages.some(message => stranger?.takes(message))).toBe(false)
    expect(new Turn().takes(Buffer.from('x'))).toBe(false)
  })

  it('always comes to who is alone', () => {
    const [alone] = turns(['a'])
    expect(messages.every(message => alone?.takes(message))).toBe(true)
  })
})

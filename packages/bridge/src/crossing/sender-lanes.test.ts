import { describe, expect, it } from 'vitest'
import { type Prepared, SenderLanes } from './sender-lanes.ts'

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

/** Messages that write down what becomes of them, and end as a test says. */
function messages() {
  const log: string[] = []
  const gates = new Map<string, PromiseWithResolvers<boolean>>()
  const prepared = (name: string): Prepared => ({
    send: () => {
      log.push(`${name} leaves`)
      const gate = Promise.withResolvers<boolean>()
      gates.set(name, gate)
      return gate.promise
    },
    again: async () => {
      log.push(`${name} again`)
    },
  })
  const end = async (name: string, isDone: boolean) => {
    gates.get(name)?.resolve(isDone)
    await turn()
  }
  return { log, prepared, end }
}

describe('the lanes of senders', () => {
  it('keep nothing of what need not be waited for', () => {
    const lanes = new SenderLanes(1)
    const done: number[] = []
    const sends = (n: number): Prepared => ({ send: () => void done.push(n) as undefined, again: async () => {} })
    lanes.add('a', () => sends(1))
    lanes.add('a', () => undefined)
    lanes.add('a', () => sends(2))
    expect([done, lanes.busy]).toEqual([[1, 2], 0])
  })

  it('let nothing of one sender overtake, and hold up no other', async () => {
    const lanes = new SenderLanes(1)
    const { log, prepared, end } = messages()
    for (const name of ['a1', 'a2', 'b1']) lanes.add(name.slice(0, 1), () => prepared(name))
    expect([log, lanes.busy]).toEqual([['a1 leaves', 'b1 leaves'], 2])
    await end('a1', false)
    await end('b1', true)
    expect([log.slice(2), lanes.busy]).toEqual([['a1 again', 'a2 leaves'], 1])
    await end('a2', true)
    expect(lanes.busy).toBe(0)
  })

  it('have as many under way as they may', async () => {
    const lanes = new SenderLanes(2)
    const { log, prepared, end } = messages()
    for (const name of ['a1', 'a2', 'a3']) lanes.add('a', () => prepared(name))
    expect(log).toEqual(['a1 leaves', 'a2 leaves'])
    await end('a2', true)
    expect(log).toEqual(['a1 leaves', 'a2 leaves', 'a3 leaves'])
  })

  it('repeat what failed in order, once they know what became of the others', async () => {
    const lanes = new SenderLanes(4)
    const { log, prepared, end } = messages()
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) lanes.add('a', () => prepared(name))
    await end('a3', false)
    await end('a1', false)
    await end('a2', true)
    expect(log).toHaveLength(4)
    await end('a4', true)
    expect(log.slice(4)).toEqual(['a1 again', 'a3 again', 'a5 leaves'])
    await end('a5', true)
    expect(lanes.busy).toBe(0)
  })

  it('make ready one at a time, and neither what is ready nor what comes leaves while something is repeated', async () => {
    const lanes = new SenderLanes(2)
    const { log, prepared, end } = messages()
    const ready = Promise.withResolvers<void>()
    const repeated = Promise.withResolvers<void>()
    const a1 = prepared('a1')
    lanes.add('a', () => ({ send: () => a1.send(), again: () => repeated.promise }))
    lanes.add('a', () => ready.promise.then(() => prepared('a2')))
    lanes.add('a', () => prepared('a3'))
    expect(log).toEqual(['a1 leaves'])
    await end('a1', false)
    ready.resolve()
    await turn()
    lanes.add('a', () => prepared('a4'))
    await turn()
    expect(log).toEqual(['a1 leaves'])
    repeated.resolve()
    await turn()
    expect(log).toEqual(['a1 leaves', 'a2 leaves', 'a3 leaves'])
    await end('a2', true)
    expect(log.at(-1)).toBe('a4 leaves')
  })
})

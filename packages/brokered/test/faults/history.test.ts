import { describe, expect, it } from 'vitest'
import { checkHistory, History } from './history.ts'

const harm = { faults: [20, 4_990], blindMs: 1_000 }
const publisher = (...lines: string[]) => new History('publisher', lines.map(line => `${line}\n`).join(''))
const consumer = (name: string, ...lines: string[]) => new History(name, lines.map(line => `${line}\n`).join(''))

describe('the check of a history', () => {
  it('counts how publishes ended', () => {
    const sent = publisher('begun 1 0', 'ok 1 5', 'begun 2 0', 'failed 2 5', 'begun 3 0', 'unknown 3 5')
    const verdict = checkHistory([sent], [consumer('a', 'handled 1 3')], harm)
    expect(verdict).toEqual({ ok: 1, failed: 1, unknown: 1, repeats: [] })
  })

  it.each([
    ['a publish that never ended', ['begun 1 0'], [[]], /1 publishes never ended/],
    ['a message that was acknowledged and lost', ['begun 1 0', 'ok 1 5'], [[]], /1 acknowledged messages were never/],
    ['a ghost', ['begun 1 0', 'failed 1 5'], [['handled 1 3']], /1 messages were handled whose publish had failed/],
    ['a process that handles twice', ['begun 1 0', 'ok 1 5'], [['handled 1 3', 'handled 1 4']], /a handled 1 2 times/],
    ['a repeat without a loss', ['begun 1 0', 'ok 1 5'], [['handled 1 3'], ['handled 1 9']], /without a loss/],
    [
      'a repeat after a loss that came too late to explain it',
      ['begun 1 0', 'ok 1 5'],
      [['handled 1 3', 'lost - 5000'], ['handled 1 9']],
      /without a loss/,
    ],
    [
      'a repeat that came before the fault that would explain it',
      ['begun 1 0', 'ok 1 5'],
      [['handled 1 3', 'lost - 40'], ['handled 1 9']],
      /without a loss/,
    ],
    [
      'a repeat of what was taken only after the loss',
      ['begun 1 0', 'ok 1 5'],
      [['lost - 40', 'taken 1 50', 'handled 1 51'], ['handled 1 90']],
      /without a loss/,
    ],
  ])('refuses %s', (_, sent, handled, reason) => {
    const consumers = handled.map((lines, i) => consumer(i === 0 ? 'a' : 'b', ...lines))
    expect(() => checkHistory([publisher(...sent)], consumers, harm)).toThrow(reason)
  })

  it('takes a repeat of what was in hand when the connection was lost, and was handled after that', () => {
    const first = consumer('a', 'lost - 40', 'taken 1 30', 'handled 1 45')
    const { repeats } = checkHistory([publisher('begun 1 0', 'ok 1 5')], [first, consumer('b', 'handled 1 90')], harm)
    expect(repeats).toEqual([
      { number: 1, by: ['a', 'b'], why: 'a lost the broker with it in hand, 5 ms before handling it' },
    ])
    // The member that gets it then may be quicker.
    const quick = consumer('b', 'taken 1 42', 'handled 1 43')
    expect(checkHistory([publisher('begun 1 0', 'ok 1 5')], [first, quick], harm).repeats).toEqual(repeats)
  })

  it('takes a repeat that somebody saw the broker make, and no other', () => {
    const explain = (number: number) => (number === 1 ? 'seen' : undefined)
    const [first, second] = [consumer('a', 'handled 1 3'), consumer('b', 'handled 1 9')]
    const { repeats } = checkHistory([publisher('begun 1 0', 'ok 1 5')], [first, second], { ...harm, explain })
    expect(repeats).toEqual([{ number: 1, by: ['a', 'b'], why: 'seen' }])
    const others = [consumer('a', 'handled 2 3'), consumer('b', 'handled 2 9')]
    const check = () => checkHistory([publisher('begun 2 0', 'ok 2 5')], others, { ...harm, explain })
    expect(check).toThrow(/without a loss/)
  })

  it('takes a repeat whose first ack was lost with the connection, and one that was published again', () => {
    const first = consumer('a', 'handled 1 3', 'lost - 40')
    const second = consumer('b', 'handled 1 90', 'handled 2 95')
    const third = consumer('c', 'handled 2 99')
    const sent = publisher('begun 1 0', 'ok 1 5', 'begun 2 50', 'lost - 60', 'ok 2 98')
    const { repeats } = checkHistory([sent], [first, second, third], harm)
    expect(repeats).toEqual([
      { number: 1, by: ['a', 'b'], why: 'a lost the broker 37 ms after handling it' },
      { number: 2, by: ['b', 'c'], why: 'publisher lost the broker while publishing it, and published it again' },
    ])
  })
})

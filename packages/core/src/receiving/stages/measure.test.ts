import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../kernel/index.ts'
import type { Job } from '../job.ts'
import { measure } from './measure.ts'
import type { Step } from './stage.ts'

describe('measuring', () => {
  const job = { header: { type: 'order.placed' } } as Job

  it('records how long a handler ran, also when it fails', async () => {
    const clock = createVirtualClock()
    const recorded: [string, number][] = []
    const stage = measure(clock, (type, ms) => recorded.push([type, ms]))
    const slow: Step = () =>
      new Promise((_, reject) => {
        clock.schedule(() => reject(new TypeError('no')), 40)
      })
    const failed = expect(stage(slow)(job)).rejects.toThrow('no')
    await clock.advance(50)
    await failed
    expect(recorded).toEqual([['order.placed', 40]])
  })

  it('adds no step where nobody measures', () => {
    const next: Step = () => 'handled'
    expect(measure(createVirtualClock(), undefined)(next)).toBe(next)
  })
})

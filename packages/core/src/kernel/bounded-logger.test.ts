import { describe, expect, it } from 'vitest'
import { boundedLogger } from './bounded-logger.ts'
import type { LogFields } from './logger.ts'
import { createVirtualClock } from './virtual-clock.ts'

function bounded() {
  const clock = createVirtualClock()
  const lines: Array<{ readonly message: string; readonly fields: LogFields }> = []
  const line = (fields: LogFields, message: string) => void lines.push({ message, fields })
  return { clock, lines, logger: boundedLogger({ debug: line, info: line, warn: line, error: line }, clock) }
}

describe('a bounded logger', () => {
  it('lets twenty lines of a kind pass in a minute, and tells with the next how many did not', async () => {
    const { logger, lines, clock } = bounded()
    for (let n = 0; n < 3_000; n++) logger.warn({ code: 'SM_X', n }, 'Bad bytes')
    expect(lines).toHaveLength(20)
    await clock.advance(60_000)
    logger.warn({ code: 'SM_X' }, 'Bad bytes')
    expect(lines.at(-1)?.fields).toMatchObject({ suppressed: 2_980 })
    logger.warn({ code: 'SM_X' }, 'Bad bytes')
    expect(lines.at(-1)?.fields).not.toHaveProperty('suppressed')
  })

  it('tells kinds apart by text, code and type, and holds up no other', () => {
    const { logger, lines } = bounded()
    for (let n = 0; n < 100; n++) logger.error({ error: { code: 'SM_A' } }, 'Given up')
    logger.error({ error: { code: 'SM_B' } }, 'Given up')
    logger.error({ error: { code: 'SM_A' }, type: 'order' }, 'Given up')
    logger.error({ error: { code: 'SM_A' } }, 'Something else')
    expect(lines).toHaveLength(23)
  })

  it('remembers a bounded number of kinds', () => {
    const { logger, lines } = bounded()
    for (let n = 0; n < 5_000; n++) logger.warn({}, `Kind ${n}`)
    expect(lines).toHaveLength(5_000)
  })

  it('bounds nothing that is only for whoever asks', () => {
    const { logger, lines } = bounded()
    for (let n = 0; n < 100; n++) logger.debug({}, 'A detail')
    expect(lines).toHaveLength(100)
  })
})

import { describe, expect, it } from 'vitest'
import { Closing } from './closing.ts'

/** A close that drains until its signal ends it, and what was asked of it. */
function draining() {
  const asked: boolean[] = []
  const closing = new Closing(async ({ drain }, drainEnds) => {
    asked.push(drain === true)
    if (drain && !drainEnds.aborted) await new Promise(resolve => drainEnds.addEventListener('abort', resolve))
  })
  return { asked, closing }
}

describe('a close', () => {
  it('runs once, and every caller waits for the same end', () => {
    const { asked, closing } = draining()
    expect(closing.run({ drain: true })).toBe(closing.run({ drain: true }))
    expect(asked).toEqual([true])
  })

  it('ends its drain when a later caller wants none', async () => {
    const { asked, closing } = draining()
    const first = closing.run({ drain: true })
    await Promise.all([first, closing.run({})])
    expect(asked).toEqual([true])
  })

  it.each([
    ['before', (abort: AbortController) => abort.abort(), () => undefined],
    ['during the drain', () => undefined, (abort: AbortController) => abort.abort()],
  ])('ends its drain when the signal of any caller aborts %s', async (_when, before, after) => {
    const { closing } = draining()
    const abort = new AbortController()
    before(abort)
    const first = closing.run({ drain: true })
    const second = closing.run({ drain: true, signal: abort.signal })
    after(abort)
    await Promise.all([first, second])
  })
})

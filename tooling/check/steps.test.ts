import { describe, expect, it } from 'vitest'
import { runSteps, type Step } from './steps.ts'

async function check(steps: readonly Step[], atOnce = 2) {
  const lines: string[] = []
  let time = 0
  const passed = await runSteps(steps, {
    atOnce,
    print: line => lines.push(line),
    now: () => {
      time += 500
      return time
    },
  })
  return { passed, text: lines.join('\n') }
}

const passing = (name: string, more: Partial<Step> = {}): Step => ({ name, run: () => ({ ok: true }), ...more })
const failing = (name: string, output: string): Step => ({ name, run: () => ({ ok: false, output }) })

describe('the steps of a check', () => {
  it('pass when each passes', async () => {
    const { passed, text } = await check([passing('one'), passing('two')])
    expect(passed).toBe(true)
    expect(text).toMatch(/✓ one +\d+\.\d s/)
    expect(text).toContain('check: 2 of 2 steps passed')
  })

  it('all run when one fails, whose output is shown', async () => {
    const { passed, text } = await check([failing('one', 'line 7 is wrong'), passing('two')], 1)
    expect(passed).toBe(false)
    expect(text).toContain('    line 7 is wrong')
    expect(text).toContain('✓ two')
    expect(text).toContain('check: 1 of 2 steps passed')
  })

  it('fail when one throws', async () => {
    const throwing = passing('one', { run: () => Promise.reject(new Error('no such tool')) })
    const { passed, text } = await check([throwing])
    expect(passed).toBe(false)
    expect(text).toContain('no such tool')
  })

  it('do not run when what they build on failed, nor what builds on them', async () => {
    const steps = [
      passing('last', { after: ['middle'] }),
      passing('middle', { after: ['first'] }),
      failing('first', '!'),
    ]
    const { passed, text } = await check(steps)
    expect(passed).toBe(false)
    expect(text).toContain('· middle')
    expect(text).toContain('not run: it needs middle')
  })

  it('run no more at once than allowed, and as many', async () => {
    let running = 0
    let most = 0
    const counted = (name: string) =>
      passing(name, {
        run: async () => {
          running += 1
          most = Math.max(most, running)
          await new Promise(resolve => setImmediate(resolve))
          running -= 1
          return { ok: true }
        },
      })
    await check(['a', 'b', 'c', 'd'].map(counted))
    expect(most).toBe(2)
  })
})

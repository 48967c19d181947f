/** How a step ended: what it found wrong, or what it has to say when nothing is. */
export interface StepResult {
  readonly ok: boolean
  /** Shown when the step failed. */
  readonly output?: string
  /** A few words beside its name, shown in either case. */
  readonly note?: string
}

/** One thing that is checked. */
export interface Step {
  readonly name: string
  /** Names of steps that must have passed before. */
  readonly after?: readonly string[]
  run(): Promise<StepResult> | StepResult
}

export interface StepsOptions {
  /** Most steps that run at once. */
  readonly atOnce: number
  readonly print: (line: string) => void
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number
}

type Ended = 'passed' | 'failed' | 'not run'

/**
 * Runs steps, several at once, each as soon as those that it comes after have passed. A failure stops no other step but
 * those that build on it. True when every step passed.
 */
export async function runSteps(steps: readonly Step[], { atOnce, print, now }: StepsOptions): Promise<boolean> {
  const began = now()
  const ended = new Map<string, Ended>()
  const waiting = [...steps]
  const running = new Set<Promise<void>>()
  const width = Math.max(...steps.map(({ name }) => name.length))

  const tell = (mark: string, { name }: Step, ms: number | undefined, note = '') => {
    const time = ms === undefined ? '' : `${(ms / 1000).toFixed(1)} s`
    print(`${mark} ${name.padEnd(width)} ${time.padStart(7)}  ${note}`.trimEnd())
  }

  const runOne = async (step: Step) => {
    const start = now()
    let result: StepResult
    try {
      result = await step.run()
    } catch (error) {
      result = { ok: false, output: error instanceof Error ? (error.stack ?? error.message) : String(error) }
    }
    ended.set(step.name, result.ok ? 'passed' : 'failed')
    tell(result.ok ? '✓' : '✗', step, now() - start, result.note)
    if (!result.ok) print(indent(result.output ?? 'It failed without a word.'))
  }

  for (;;) {
    const blocked = waiting.find(({ after = [] }) => after.some(name => isBad(ended.get(name))))
    if (blocked) {
      waiting.splice(waiting.indexOf(blocked), 1)
      ended.set(blocked.name, 'not run')
      tell('·', blocked, undefined, `not run: it needs ${(blocked.after ?? []).join(', ')}`)
      continue
    }
    const ready = waiting.find(({ after = [] }) => after.every(name => ended.get(name) === 'passed'))
    if (ready && running.size < atOnce) {
      waiting.splice(waiting.indexOf(ready), 1)
      const one: Promise<void> = runOne(ready).finally(() => running.delete(one))
      running.add(one)
      continue
    }
    if (running.size === 0) break
    await Promise.race(running)
  }

  const passed = [...ended.values()].filter(end => end === 'passed').length
  print(`check: ${passed} of ${steps.length} steps passed in ${((now() - began) / 1000).toFixed(1)} s`)
  return passed === steps.length
}

function isBad(end: Ended | undefined): boolean {
  return end === 'failed' || end === 'not run'
}

function indent(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '    ')
}

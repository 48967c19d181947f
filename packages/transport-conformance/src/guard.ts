/** A fault in a process where nobody catches it. */
const events = ['unhandledRejection', 'uncaughtException'] as const

type Hear = (error: unknown) => void

/** Cases that run now, and what is to be told of faults that nobody caught meanwhile. */
const open = new Set<Hear>()
/**
 * The listeners that were there before the first of them: those of a test runner, for which such a fault is the end of the run.
 */
let others: ReadonlyArray<readonly [string, Hear]> = []

const tellAll: Hear = error => {
  for (const hear of open) hear(error)
}

function takeOver(): void {
  others = events.flatMap(event => process.rawListeners(event).map(listener => [event, listener as Hear] as const))
  for (const event of events) {
    process.removeAllListeners(event)
    process.on(event, tellAll)
  }
}

function giveBack(): void {
  for (const event of events) process.off(event, tellAll)
  for (const [event, listener] of others) process.on(event, listener)
  others = []
}

/**
 * Runs something that may leave rejections and exceptions that nobody catches: they end neither the process nor the run. Resolves to the
 * first of them, if there was any. Those of things that run at once cannot be told apart: each hears of them.
 */
export async function guarded(run: () => Promise<void>): Promise<{ readonly error: unknown } | undefined> {
  let first: { readonly error: unknown } | undefined
  const hear: Hear = error => {
    first ??= { error }
  }
  if (open.size === 0) takeOver()
  open.add(hear)
  try {
    await run()
    // A rejection counts as unhandled only at the end of its turn.
    await new Promise<void>(resolve => setImmediate(resolve))
  } finally {
    open.delete(hear)
    if (open.size === 0) giveBack()
  }
  return first
}

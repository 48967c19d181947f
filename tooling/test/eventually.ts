const pollMs = 5

/** Resolves with what `look` finds, as soon as it finds something; throws, naming `what`, when it does not in time. */
export async function eventually<T>(
  what: string | (() => string),
  look: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs = 40_000,
): Promise<T> {
  const until = performance.now() + deadlineMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > until) throw new Error(`It never came to this: ${typeof what === 'string' ? what : what()}`)
    await new Promise(resolve => setTimeout(resolve, pollMs))
  }
}

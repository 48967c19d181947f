/** Resolves as soon as `look` is true; throws, naming `what`, when that takes too long. */
export async function eventually(what: string, look: () => boolean, deadlineMs = 20_000): Promise<void> {
  const until = performance.now() + deadlineMs
  while (!look()) {
    if (performance.now() > until) throw new Error(`It never came to this: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 5))
  }
}

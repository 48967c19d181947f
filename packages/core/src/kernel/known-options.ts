/** The first name among the given options that is not a known one; options that are undefined count as not given. */
export function strayOption(options: object, known: ReadonlySet<string>): string | undefined {
  for (const name in options) {
    if (!known.has(name) && (options as Record<string, unknown>)[name] !== undefined) return name.slice(0, 60)
  }
  return undefined
}

/** Options without those that are present and undefined, which count as not given. */
export function given<T extends object>(options: T | undefined): T {
  const entries = Object.entries(options ?? {}).filter(entry => entry[1] !== undefined)
  return Object.fromEntries(entries) as T
}

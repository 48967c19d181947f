/** Choices as a text: the place of each that is not the first, after the number of those before it that are. */
export function toSchedule(choices: readonly number[]): string {
  const parts: string[] = []
  let firsts = 0
  for (const choice of choices) {
    if (choice === 0) firsts += 1
    else {
      parts.push(`${firsts}.${choice}`)
      firsts = 0
    }
  }
  return parts.length > 0 ? parts.join('-') : 'first'
}

/** The choices of a text, or undefined where it is none. Those that it leaves out are the first. */
export function fromSchedule(text: string): readonly number[] | undefined {
  if (text === 'first') return []
  if (!/^\d{1,6}\.\d{1,3}(-\d{1,6}\.\d{1,3})*$/.test(text)) return undefined
  return text.split('-').flatMap(part => {
    const [firsts = 0, choice = 0] = part.split('.').map(Number)
    return [...Array<number>(firsts).fill(0), choice]
  })
}

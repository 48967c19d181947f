/**
 * Whether a topic fits a pattern. `*` stands for exactly one segment, `#` for any number of them, also none.
 * Both are taken to be well formed. Work is bounded by segments of one times segments of the other.
 */
export function matchesPattern(pattern: string, topic: string): boolean {
  if (pattern === topic || pattern === '#') return true
  if (!isWildcard(pattern)) return false
  const wanted = pattern.split('.')
  const given = topic.split('.')
  // reachable[j]: the pattern read so far can stand for the first j segments of the topic.
  let reachable = new Array<boolean>(given.length + 1).fill(false)
  reachable[0] = true
  for (const segment of wanted) {
    const next = new Array<boolean>(given.length + 1).fill(false)
    for (let j = 0; j <= given.length; j++) {
      if (segment === '#') next[j] = reachable[j] === true || (j > 0 && next[j - 1] === true)
      else if (j > 0) next[j] = reachable[j - 1] === true && (segment === '*' || segment === given[j - 1])
    }
    reachable = next
  }
  return reachable[given.length] === true
}

/** True for a pattern that can fit more than one topic. */
export function isWildcard(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('#')
}

/**
 * Epoch milliseconds with fractions. Comparable between the processes of one machine, which `performance.now()` alone is
 * not, and finer than `Date.now()`.
 */
export function now(): number {
  return performance.timeOrigin + performance.now()
}

/** Whether the long versions of tests are asked for: `SM_LONG=1`. */
const isLong = process.env.SM_LONG === '1'

/** The scenarios that a test has measured: all of them in a long run, else the first, which shows that everything works. */
export function measured<T>(scenarios: readonly T[]): readonly T[] {
  return isLong ? scenarios : scenarios.slice(0, 1)
}

import { cases } from './cases/index.ts'
import type { TransportHarness } from './harness.ts'

/** Deviations stand for rules: throws a TypeError when one names none, or gives no reason. */
export function checkDeviations({ name, deviations = {} }: TransportHarness<unknown>): void {
  for (const [id, reason] of Object.entries(deviations)) {
    if (!cases.some(rule => rule.id === id))
      throw new TypeError(`The harness of ${name} deviates from ${id}: no such rule`)
    if (!reason.trim()) throw new TypeError(`The harness of ${name} deviates from ${id} without a reason`)
  }
}

import type { Scenario } from '../scenario.ts'

/** What stands behind one word of the command line. */
export interface Target {
  readonly scenarios: readonly Scenario[]
}

/** What `pnpm bench` can measure. A target is loaded when it is asked for. */
export const targets: Readonly<Record<string, () => Promise<Target>>> = {
  memory: async () => (await import('./memory.ts')).memory,
}

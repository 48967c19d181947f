import type { Ledger, MemberTally } from './ledger.ts'

/** A member that was killed on purpose, and what became of its share of the work. */
export interface Killed {
  readonly agent: string
  readonly instance: string
  readonly pid: number
  /** When, from the beginning of the work, in milliseconds. */
  readonly atMs: number
  /** How many messages the instances of its agent had handled by then, and how many they handled later. */
  readonly shares: readonly Share[]
  /** How a digest travelled before and after, as the library explains it. */
  readonly plans: readonly [before: string, after: string]
}

export interface Share {
  readonly instance: string
  readonly pid: number
  readonly before: number
  readonly after: number
}

/** Notes what the instances of an agent have handled up to now. What it returns tells what they have handled since. */
export function watchShares(ledger: Ledger, agent: string): () => readonly Share[] {
  const instances = [...ledger.members.values()].filter(member => member.agent === agent)
  const before = new Map(instances.map(({ instance, handled }) => [instance, handled]))
  return () =>
    instances.map(({ instance, pid }): Share => {
      const { handled } = ledger.members.get(instance) as MemberTally
      const earlier = before.get(instance) as number
      return { instance, pid, before: earlier, after: handled - earlier }
    })
}

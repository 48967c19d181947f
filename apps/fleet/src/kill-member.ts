import { setTimeout as sleep } from 'node:timers/promises'
import { type Killed, watchShares } from './ledger/killed.ts'
import type { Ledger, MemberTally } from './ledger/ledger.ts'
import type { Member } from './member.ts'
import { DigestMade } from './messages.ts'
import type { RoleName } from './role.ts'

/** A member at work, and what it does. */
export interface Post {
  readonly role: RoleName
  readonly member: Member
}

/** How long a death may take to be noticed, and how often it is looked for, in milliseconds. */
const mostNoticeMs = 10_000
const noticePollMs = 20

/** Kills a member in the middle of its work. What it returns tells, at the end, what became of its share. */
export async function killMember(victim: Post, posts: Post[], ledger: Ledger, atMs: number): Promise<() => Killed> {
  const { instance, pid } = victim.member
  const probe = posts.find(({ role }) => role === 'probe') as Post
  const explain = () => probe.member.explain(DigestMade.type)
  const before = await explain()
  const { agent } = ledger.members.get(instance) as MemberTally
  ledger.record({ kind: 'died', instance })
  const sharesSince = watchShares(ledger, agent)
  posts.splice(posts.indexOf(victim), 1)
  await victim.member.kill?.()
  const noticedBy = performance.now() + mostNoticeMs
  let after = await explain()
  while (after.includes(instance) && performance.now() < noticedBy) {
    await sleep(noticePollMs)
    after = await explain()
  }
  return () => ({ agent, instance, pid, atMs, shares: sharesSince(), plans: [before, after] })
}

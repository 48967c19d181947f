/** A message on the control channel: the members of a queue, or its binding, have changed. */
export interface MembershipChange {
  readonly queue: string
  /** The members that take frames from now on. */
  readonly members: readonly string[]
  /** Whether there is something to claim. */
  readonly orphans: boolean
  /** The version of the bindings that this change made, if it made one. */
  readonly version: string | undefined
  /** The place that the queue is bound to now; empty when it is bound no more. */
  readonly target: string
}

/** Reads a message of the control channel; undefined when it is none of ours. */
export function toMembershipChange(message: Buffer): MembershipChange | undefined {
  try {
    const news = JSON.parse(message.toString('utf8')) as Partial<Record<keyof MembershipChange, unknown>> | null
    if (typeof news?.queue !== 'string') return undefined
    const { queue, members, orphans, version, target } = news
    return {
      queue,
      // Lua writes an empty list as an object.
      members: Array.isArray(members) ? members.map(String) : [],
      orphans: Number(orphans) > 0,
      version: typeof version === 'string' ? version : undefined,
      target: typeof target === 'string' ? target : '',
    }
  } catch {
    return undefined
  }
}

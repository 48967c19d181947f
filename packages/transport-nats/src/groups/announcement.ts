/** The announcements of members of groups to all agents of the namespace. */
export type Announcement =
  | {
      readonly event: 'began'
      readonly name: string
      readonly filter: string
      readonly pattern?: string
      readonly after: number
    }
  /** The last member is about to remove it. */
  | { readonly event: 'ending'; readonly name: string }
  /** It is gone, or stays after all. */
  | { readonly event: 'ended'; readonly name: string; readonly until: number }
  | { readonly event: 'stays'; readonly name: string }

/** Longest announcement that is read, in bytes. */
const longest = 4_096

/** Reads what somebody told. Throws a TypeError or SyntaxError when it is no announcement. */
export function parseAnnouncement(data: Uint8Array): Announcement {
  if (data.length > longest) throw new TypeError('it is too long')
  const value: unknown = JSON.parse(Buffer.from(data).toString())
  if (typeof value !== 'object' || value === null) throw new TypeError('it is no object')
  const { event, name, filter, pattern, after, until } = value as Record<string, unknown>
  if (typeof name !== 'string') throw new TypeError('it has no name')
  if (event === 'ending' || event === 'stays') return { event, name }
  if (event === 'ended' && typeof until === 'number') return { event, name, until }
  if (event === 'began' && typeof filter === 'string' && typeof after === 'number') {
    return { event, name, filter, after, ...(typeof pattern === 'string' && { pattern }) }
  }
  throw new TypeError('it is of no kind that is known')
}

import type { TransportEvents } from '@sm/core/transport'
import { meshError } from '../errors.ts'
import type { Groups } from '../groups/groups.ts'
import type { Absence } from '../groups/member.ts'
import type { Hello, InterestChange } from '../wire/packets/hello.ts'
import type { Link } from './link.ts'
import { LinkMember } from './link-member.ts'
import { toPeer } from './linked-peer.ts'

/** The wishes of peers, as members of groups: told over a link, and gone with it. */
export class Memberships {
  readonly #groups: Groups
  readonly #maxInterests: number
  readonly #onPeer: (event: TransportEvents['peer']) => void
  readonly #members = new Map<Link, Map<number, LinkMember>>()
  readonly #joined = new Set<string>()

  /** `onPeer` hears of a peer when its wishes are known, and no sooner: until then nothing that is for all would go there. */
  constructor(groups: Groups, maxInterests: number, onPeer: (event: TransportEvents['peer']) => void) {
    this.#groups = groups
    this.#maxInterests = maxInterests
    this.#onPeer = onPeer
  }

  /** Throws `SM_MESH_LIMIT` or `SM_MESH_PROTOCOL`. */
  change(link: Link, { add, remove }: InterestChange): void {
    let members = this.#members.get(link)
    const isFirst = members === undefined
    if (!members) {
      members = new Map()
      this.#members.set(link, members)
    }
    for (const id of remove) {
      const member = members.get(id)
      members.delete(id)
      if (member) this.#groups.leave(member.group, member)
    }
    if (members.size + add.length > this.#maxInterests) {
      throw meshError('SM_MESH_LIMIT', `A peer has more than ${this.#maxInterests} subscriptions (maxInterests)`)
    }
    for (const interest of add) {
      if (members.has(interest.id))
        throw meshError('SM_MESH_PROTOCOL', `The interest ${interest.id} is announced twice`)
      const group = this.#groups.open(interest.target, interest.group)
      const member = new LinkMember(link, interest, group)
      members.set(interest.id, member)
      this.#groups.join(group, member)
    }
    if (!isFirst) return
    const peer = link.peer as Hello
    this.#joined.add(peer.instance)
    this.#onPeer({ change: 'joined', peer: toPeer(peer) })
  }

  /** An interest may be sent more. */
  grant(link: Link, interest: number, granted: number): void {
    const member = this.#members.get(link)?.get(interest)
    if (!member) return
    member.grant(granted)
    if (member.group.waiting > 0) member.group.pump()
  }

  /** The link has ended. */
  forget(link: Link, absence: Absence): void {
    for (const member of this.#members.get(link)?.values() ?? []) this.#groups.leave(member.group, member, absence)
    this.#members.delete(link)
  }

  /** There is no link to its peer any more. */
  left({ peer }: Link): void {
    if (peer && this.#joined.delete(peer.instance)) this.#onPeer({ change: 'left', peer: toPeer(peer) })
  }
}

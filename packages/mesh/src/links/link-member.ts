import type { FrameCopy } from '../groups/frame-copy.ts'
import type { Member } from '../groups/member.ts'
import type { RemoteGroup } from '../groups/remote-group.ts'
import type { Interest } from '../wire/packets/hello.ts'
import type { Link } from './link.ts'

/** A consumer at the end of a link. */
export class LinkMember implements Member {
  readonly link: Link
  readonly interest: number
  readonly group: RemoteGroup
  readonly name: string
  readonly instance: string
  /** Both modulo 2³², as they are on the wire. */
  #granted: number
  #sent = 0

  constructor(link: Link, { id, credit }: Interest, group: RemoteGroup) {
    const { agent, instance } = link.peer as { agent: string; instance: string }
    this.link = link
    this.interest = id
    this.group = group
    this.name = `${agent}/${instance}`
    this.instance = instance
    this.#granted = credit
  }

  get room(): number {
    return this.link.open && !this.link.congested ? (this.#granted - this.#sent) | 0 : 0
  }

  grant(granted: number): void {
    this.#granted = granted
  }

  send(copy: FrameCopy): void {
    this.#sent = (this.#sent + this.link.send(this.interest, copy)) >>> 0
    // Nothing more will be known of a frame that needs no confirmation.
    if (!copy.reliable) copy.accepted()
  }
}

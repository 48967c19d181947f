import { type Address, formatAgentRef, isWildcard, type SubscriptionSpec, type Target } from '@sm/core/transport'

/** The name of an address or a target in keys and channels: `topic:order.placed`, `inbox:billing/01J…`. */
export function placeName(target: Address | Target): string {
  if (target.kind === 'inbox') return `inbox:${formatAgentRef(target)}`
  return `topic:${target.kind === 'topic' ? target.topic : target.pattern}`
}

/** The name of the queue of a group: `billing:topic:order.*`. */
export function queueName({ group, target }: Pick<SubscriptionSpec, 'group' | 'target'>): string {
  return `${group}:${placeName(target)}`
}

/**
 * The names of everything that one namespace has on a server. Each begins with the namespace in braces, which on a cluster
 * keeps it all on one node. The rules for names keep them below 500 characters, far from any limit of Redis.
 */
export class Names {
  readonly #prefix: string
  readonly version: string
  readonly bindings: string
  readonly leases: string
  readonly durable: string
  readonly dead: string
  readonly control: string
  /** The prefix of channels: unlike keys they are shared by all databases of a server. */
  readonly #channels: string

  constructor(namespace: string, database = 0) {
    const prefix = `{${namespace}}:`
    this.#prefix = prefix
    this.#channels = database === 0 ? prefix : `{${namespace}}@${database}:`
    this.version = `${prefix}version`
    this.bindings = `${prefix}bindings`
    this.leases = `${prefix}leases`
    this.durable = `${prefix}durable`
    this.dead = `${prefix}dead`
    this.control = `${this.#channels}control`
  }

  queue(name: string): string {
    return `${this.#prefix}queue:${name}`
  }

  members(name: string): string {
    return `${this.#prefix}members:${name}`
  }

  delayed(name: string): string {
    return `${this.#prefix}delayed:${name}`
  }

  /** How often tries of frames of a queue were begun, by their entries. */
  begun(name: string): string {
    return `${this.#prefix}begun:${name}`
  }

  producer(instance: string): string {
    return `${this.#prefix}producer:${instance}`
  }

  wake(instance: string): string {
    return `${this.#prefix}wake:${instance}`
  }

  /** The channel of a place: `{ns}:topic:order.placed`, in database 2 `{ns}@2:topic:order.placed`. */
  channel(place: string): string {
    return this.#channels + place
  }

  /** The channel on which a member listens, and nobody publishes, for as long as it is there. */
  presence(member: string): string {
    return `${this.#channels}member:${member}`
  }

  /** The place that a channel stands for. */
  placeOf(channel: string): string {
    return channel.slice(this.#channels.length)
  }

  /** The subscription to ask the server for: a channel, or a glob that lets through at least what the pattern fits. */
  subscription(target: Target): { readonly name: string; readonly isGlob: boolean } {
    const isGlob = target.kind === 'pattern' && isWildcard(target.pattern)
    const place = placeName(target)
    return { name: this.channel(isGlob ? toGlob(place) : place), isGlob }
  }
}

/** `#` also stands for no segment at all, and then a dot goes with it. The star of a glob stands for dots, too. */
function toGlob(place: string): string {
  return place.replaceAll('.#', '*').replaceAll('#.', '*').replaceAll('#', '*')
}

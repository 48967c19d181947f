import { boundedName } from '@sm/brokered'
import { type Address, type DeliveryLevel, formatAgentRef, type SubscriptionSpec } from '@sm/core/transport'

/** Longest name of an exchange or queue, and longest routing key, in bytes. */
const maxBytes = 255

/** Where a subscription is bound. */
export interface Binding {
  readonly exchange: string
  readonly key: string
}

/** The names of things of one namespace on the broker. Every name begins with the namespace. */
export class Names {
  /** The topic exchange: the routing key is the message type as it is. */
  readonly topics: string
  /** The direct exchange of inboxes: the routing key is `billing` or `billing/01J…`. */
  readonly inboxes: string
  /** The same two for what is sent at most once. */
  readonly onceTopics: string
  readonly onceInboxes: string
  /** The exchange and the queue of dead letters. */
  readonly dead: string
  /** The fanout exchange by which who publishes asks those who consume to look after their bindings. */
  readonly looks: string
  readonly #namespace: string

  constructor(namespace: string) {
    this.#namespace = namespace
    this.topics = `${namespace}.topics`
    this.inboxes = `${namespace}.inboxes`
    this.onceTopics = `${namespace}.topics.once`
    this.onceInboxes = `${namespace}.inboxes.once`
    this.dead = `${namespace}.dead`
    this.looks = `${namespace}.looks`
  }

  /** Where a frame is published. */
  binding(address: Address, level: DeliveryLevel): Binding {
    const once = level === 'at-most-once'
    if (address.kind === 'topic') return { exchange: once ? this.onceTopics : this.topics, key: address.topic }
    return { exchange: once ? this.onceInboxes : this.inboxes, key: formatAgentRef(address) }
  }

  /** Where a subscription is bound for what is sent at that level. */
  bindingOf({ target }: SubscriptionSpec, level: DeliveryLevel): Binding {
    // A pattern is bound as it is: `*` and `#` mean the same to a topic exchange.
    return this.binding(target.kind === 'pattern' ? { kind: 'topic', topic: target.pattern } : target, level)
  }

  /**
   * The queue that the members of a group share: `shop.billing.topic.order.#` or `shop.billing.inbox.billing`, and for what is
   * sent at most once `shop.billing.once.topic.order.#`.
   */
  queue({ target, group }: SubscriptionSpec, level: DeliveryLevel): string {
    const what = target.kind === 'pattern' ? `topic.${target.pattern}` : `inbox.${formatAgentRef(target)}`
    const where = level === 'at-most-once' ? `${group}.once` : group
    return boundedName(`${this.#namespace}.${where}.${what}`, maxBytes)
  }

  /** Where the tries of a message are counted. */
  begun(queue: string, id: string): string {
    return boundedName(`${queue}.begun.${id}`, maxBytes)
  }

  /** The queue of one session that hears when it is asked to look. */
  ears(session: string): string {
    return `${this.looks}.${session}`
  }

  /** Where nacked frames of a queue wait for up to `delayMs`. */
  wait(queue: string, delayMs: number): string {
    return boundedName(`${queue}.wait.${delayMs}`, maxBytes)
  }
}

import type { Job } from '../dispatch/index.ts'
import {
  type AgentRef,
  type Header,
  type InputOf,
  type MessageType,
  parseAgentRef,
  type ReplyOf,
} from '../message/index.ts'
import type { PublishOptions, RequestOptions } from './options.ts'
import type { Receipt } from './sender.ts'

/** What a context needs of its agent. */
export interface ContextHost {
  publish<Type extends MessageType>(message: Type, payload: InputOf<Type>, options?: PublishOptions): Promise<Receipt>
  request<Type extends MessageType>(
    message: Type,
    payload: InputOf<Type>,
    options?: RequestOptions,
  ): Promise<ReplyOf<Type>>
}

/** What a handler knows of the message that it handles. */
export class MessageContext {
  readonly #job: Job
  readonly #host: ContextHost

  constructor(job: Job, host: ContextHost) {
    this.#job = job
    this.#host = host
  }

  get header(): Header {
    return this.#job.header
  }

  /** Who sent it. A foreign sender that is no agent of ours is given as it named itself. */
  get from(): AgentRef {
    try {
      return parseAgentRef(this.#job.header.from)
    } catch {
      return { agent: this.#job.header.from }
    }
  }

  /** 1 for the first try, one more for each redelivery. */
  get attempt(): number {
    return this.#job.attempt
  }

  /** The transport over which it came. */
  get transport(): string {
    return this.#job.transport.name
  }

  /** Aborts when the handler's time is over, the requester has given up, or the agent stops without waiting. */
  get signal(): AbortSignal {
    return this.#job.signal
  }

  /** Publishes a message that this one caused: same conversation and trace, this one as its cause. */
  publish<Type extends MessageType>(message: Type, payload: InputOf<Type>, options?: PublishOptions): Promise<Receipt> {
    return this.#host.publish(message, payload, { ...this.#lineage(), ...options })
  }

  /** Requests in the same conversation. Ends with this handler's own signal unless another is given. */
  request<Type extends MessageType>(
    message: Type,
    payload: InputOf<Type>,
    options?: RequestOptions,
  ): Promise<ReplyOf<Type>> {
    return this.#host.request(message, payload, { ...this.#lineage(), signal: this.signal, ...options })
  }

  #lineage(): Pick<PublishOptions, 'correlationId' | 'causationId' | 'trace'> {
    const { id, correlationId, traceparent, tracestate } = this.#job.header
    const lineage = { correlationId: correlationId ?? id, causationId: id }
    return traceparent === undefined ? lineage : { ...lineage, trace: { traceparent, tracestate } }
  }
}

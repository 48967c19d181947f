import { given } from '../kernel/index.ts'
import {
  type AgentRef,
  type Header,
  type InputOf,
  type MessageType,
  parseAgentRef,
  type ReplyOf,
  type RequestType,
} from '../message/index.ts'
import type { Receipt } from '../routing/index.ts'
import type { PublishOptions, RequestOptions } from '../settings/index.ts'
import type { Job, KeyOrder } from './job.ts'

/** The way that a message came, to be held against `receipt.route` of its sender. */
export interface ReceivedRoute {
  /** The transport that brought it. */
  readonly transport: string
  /** 1 for the first try, one more for each further one. */
  readonly attempt: number
}

/** The message of a handler, and ways to publish and request in answer to it. */
export interface MessageContext {
  readonly header: Header
  /** The sender. A foreign sender that is no agent of ours is given as it named itself. */
  readonly from: AgentRef
  /** 1 for the first try, one more for each further one. */
  readonly attempt: number
  /** The transport over which it came. */
  readonly transport: string
  /** The transport over which it came and which try it is, as one. */
  readonly route: ReceivedRoute
  /**
   * How a message with a key stands to those before it, of the same sender, receiver, type and key. `kept`: the one before it came to this
   * handler before. `unknown`: that one has not: it may still come, by another transport, or another instance has it. `broken`: one
   * that was sent later came before. Undefined without a key, and from a sender with one transport, whose order is that of the transport.
   */
  readonly order: KeyOrder | undefined
  /** Aborts when the handler's time is over, the requester has given up, or the agent stops without waiting. */
  readonly signal: AbortSignal
  /** Publishes a message that this one caused: same conversation and trace, this one as its cause. */
  publish<Type extends MessageType>(message: Type, payload: InputOf<Type>, options?: PublishOptions): Promise<Receipt>
  /** Requests in the same conversation. Ends with this handler's own signal unless another is given. */
  request<Type extends RequestType>(
    message: Type,
    payload: InputOf<Type>,
    options?: RequestOptions,
  ): Promise<ReplyOf<Type>>
}

/** The parts of its agent that a context calls. */
export type ContextHost = Pick<MessageContext, 'publish' | 'request'>

/** The context of a job. */
export class JobContext implements MessageContext {
  readonly #job: Job
  readonly #host: ContextHost

  constructor(job: Job, host: ContextHost) {
    this.#job = job
    this.#host = host
  }

  get header(): Header {
    return this.#job.header
  }

  get from(): AgentRef {
    try {
      return parseAgentRef(this.#job.header.from)
    } catch {
      return { agent: this.#job.header.from }
    }
  }

  get attempt(): number {
    return this.#job.attempt
  }

  get transport(): string {
    return this.#job.transport.name
  }

  get route(): ReceivedRoute {
    return { transport: this.transport, attempt: this.attempt }
  }

  get order(): KeyOrder | undefined {
    return this.#job.order
  }

  get signal(): AbortSignal {
    return this.#job.signal
  }

  publish<Type extends MessageType>(message: Type, payload: InputOf<Type>, options?: PublishOptions): Promise<Receipt> {
    return this.#host.publish(message, payload, { ...this.#lineage(), ...given(options) })
  }

  request<Type extends RequestType>(
    message: Type,
    payload: InputOf<Type>,
    options?: RequestOptions,
  ): Promise<ReplyOf<Type>> {
    return this.#host.request(message, payload, { ...this.#lineage(), signal: this.signal, ...given(options) })
  }

  #lineage(): Pick<PublishOptions, 'correlationId' | 'causationId' | 'trace'> {
    const { id, correlationId, traceparent, tracestate } = this.#job.header
    const lineage = { correlationId: correlationId ?? id, causationId: id }
    return traceparent === undefined ? lineage : { ...lineage, trace: { traceparent, tracestate } }
  }
}

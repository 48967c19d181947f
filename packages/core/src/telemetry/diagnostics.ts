import { channel } from 'node:diagnostics_channel'

/** The attributes of a message that an event shows. */
export interface HeaderFacts {
  readonly id: string
  readonly type: string
  readonly version: number
  readonly from: string
  readonly to: string | undefined
  readonly correlationId: string | undefined
  readonly traceparent: string | undefined
}

/** The facts of every event. */
interface Event {
  readonly agent: string
  readonly instance: string
  readonly header: HeaderFacts
}

/** A message was published. */
export interface PublishEvent extends Event {
  /** Names of the transports that took it. */
  readonly transports: readonly string[]
}

/** A message was delivered to the agent. */
export interface DeliveryEvent extends Event {
  readonly transport: string
  readonly attempt: number
}

/** A delivery was settled. */
export interface SettleEvent extends DeliveryEvent {
  readonly outcome: 'ack' | 'nack' | 'reject'
  /** Why it was settled without having been handled. */
  readonly reason?: string | undefined
}

/** Publishing or handling a message failed, or a copy for a transport that only publishes. */
export interface FailureEvent extends Event {
  readonly operation: 'publish' | 'copy' | 'handle'
  readonly error: unknown
}

/**
 * The `node:diagnostics_channel` channels of the library, for tools that watch without being asked for: each publish,
 * delivery, settlement and failure. Events carry headers, never payloads. Nothing is built while nobody listens.
 */
export const diagnostics = {
  publish: channel('smartmessage:publish'),
  delivery: channel('smartmessage:delivery'),
  settle: channel('smartmessage:settle'),
  failure: channel('smartmessage:failure'),
}

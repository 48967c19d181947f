import type { Frame } from '@sm/core/transport'
import type { ConsumeMessage } from 'amqplib'
import type { ConsumerChannel } from './consumer-channel.ts'

/** A message of which the broker has not heard how it ended. */
export interface HeldMessage {
  readonly message: ConsumeMessage
  readonly frame: Frame
  readonly channel: ConsumerChannel
  /** The count of its tries, and where it stands, once there is one. */
  begun?: { readonly count: number; readonly queue: string }
}

import type { PendingPublish } from '@sm/brokered'
import type { Clock } from '@sm/core/transport'
import type { Channel } from 'amqplib'
import type { EventMessage } from '../wire/event-message.ts'
import type { FrameWriter } from '../wire/frame-writer.ts'
import { ChannelLane, type ChannelLaneHost } from './channel-lane.ts'
import { PublishAttempt, type UnconfirmedMessage } from './publish-attempt.ts'

/** Makes messages of publishes. */
export interface EventHost extends ChannelLaneHost {
  readonly clock: Clock
  /** Throws coded errors. */
  encode(pending: PendingPublish): EventMessage
}

/** A lane for what users publish. */
export abstract class EventLane extends ChannelLane<EventMessage> {
  readonly #host: EventHost
  #writer: FrameWriter | undefined

  constructor(host: EventHost, confirms: boolean) {
    super(host, confirms)
    this.#host = host
  }

  publish(pending: PendingPublish): void {
    this.post(new PublishAttempt<EventMessage>(pending, undefined, pending))
  }

  /** Its bytes leave by this writer from now on. */
  writeBy(writer: FrameWriter): void {
    this.#writer = writer
    writer.onDrain(() => {
      if (writer === this.#writer) this.goOn()
    })
  }

  protected encode({ pending }: PublishAttempt): EventMessage {
    return this.#host.encode(pending as PendingPublish)
  }

  protected write(channel: Channel, message: EventMessage, _attempt: UnconfirmedMessage<EventMessage>): boolean {
    const writer = this.#writer as FrameWriter
    writer.publish((channel as unknown as { ch: number }).ch, message)
    return !writer.isFull
  }
}

import type { Options } from 'amqplib'

/** The type of a message that only asks whether there is room: consumers ack it and do nothing else. */
export const probeType = 'sm.probe'

/** It is gone as soon as a queue has looked at it. */
export const probeProperties: Options.Publish = Object.freeze({ type: probeType, deliveryMode: 1, expiration: '0' })

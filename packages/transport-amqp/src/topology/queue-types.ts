import type { Options } from 'amqplib'

/**
 * How a quorum queue is declared. RabbitMQ counts how often a frame comes back unsettled, and from version 4 drops it after 20
 * times unless told otherwise. What is told counts as the same queue on every version; "never" would not.
 */
export const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000_000 } as const

/** Whether a queue is declared as a quorum queue. */
export const isQuorum = ({ arguments: args }: Options.AssertQueue): boolean => args?.['x-queue-type'] === 'quorum'

/** How every other queue is declared: a virtual host may have another kind for queues that do not say. */
export const classic = { 'x-queue-type': 'classic' } as const

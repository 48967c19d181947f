import { type DeliveryLevel, defineMessage, type MessageType } from '@sm/core'
import { z } from 'zod'

/** When a message was made, in epoch milliseconds with fractions, so that a handler can tell how long it took. */
const at = z.number()
const resource = z.enum(['cpu', 'memory', 'disk', 'network'])
/** Named figures: parts are 0 … 1, sizes are bytes, rates are per second. */
const metrics = z.record(z.string(), z.number())

/** Something of a machine that can run short. */
export type Resource = z.infer<typeof resource>
export type Metrics = Readonly<Record<string, number>>
export const resources: readonly Resource[] = resource.options

/** One reading. The next comes soon, so a lost one is not worth the effort of keeping it. */
export const SampleTaken = defineMessage('host.sample', {
  description: 'A reading of one resource of a machine',
  delivery: 'at-most-once',
  schema: z.object({ at, host: z.string(), resource, metrics }),
})

/** Several readings in one. Rules are judged by it, so none may be lost. */
export const DigestMade = defineMessage('host.digest', {
  description: 'The mean and the peak of the latest readings of one resource',
  schema: z.object({
    at,
    host: z.string(),
    resource,
    /** 1 for the first of its probe, one more for each after it. */
    number: z.int().positive(),
    samples: z.int().positive(),
    mean: metrics,
    peak: metrics,
  }),
})

const alert = z.object({
  at,
  host: z.string(),
  resource,
  severity: z.enum(['notice', 'warning', 'critical']),
  text: z.string(),
})
export type Alert = z.infer<typeof alert>

/** A rule has found something. */
export const AlertRaised = defineMessage('host.alert', { description: 'What a rule found', schema: alert })

/** Asks the desk how the machine is. */
export const HowIsThisHost = defineMessage('desk.status', {
  description: 'How is this host?',
  delivery: 'at-most-once',
  schema: z.object({ at }),
  reply: z.object({
    host: z.string(),
    verdict: z.enum(['unknown', 'calm', 'busy', 'in trouble']),
    resources: z.partialRecord(resource, metrics),
    text: z.string(),
  }),
})

/** Asks the desk for the latest alerts. */
export const WhatHappened = defineMessage('desk.alerts', {
  description: 'Which alerts were there?',
  delivery: 'at-most-once',
  schema: z.object({ at, most: z.int().positive().max(100) }),
  reply: z.object({ total: z.int(), latest: z.array(alert) }),
})

/** Every message of the fleet. */
const fleetMessages = [SampleTaken, DigestMade, AlertRaised, HowIsThisHost, WhatHappened] as const

const byType = new Map<string, MessageType>(fleetMessages.map(message => [message.type, message]))

/** The definition of a type; undefined for a type that is not the fleet's. */
export function messageOf(type: string): MessageType | undefined {
  return byType.get(type)
}

/** At which level a type travels; undefined for a type that is not the fleet's. */
export function deliveryOf(type: string): DeliveryLevel | undefined {
  return messageOf(type)?.delivery
}

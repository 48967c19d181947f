import { type Catalogue, defineErrors } from '@sm/core/transport'

/** The codes that only `@sm/transport-nats` has, with their meaning and remedy; those of all brokers are in `@sm/brokered`. */
export const natsCatalogue = {
  SM_NATS_JETSTREAM: {
    meaning: 'The server has no JetStream for this user, so nothing can be delivered at least once or kept.',
    remedy: 'Start nats-server with -js and a store directory, enable JetStream for the account, and permit $JS.API.>.',
    retryable: false,
  },
  SM_NATS_EVENT: {
    meaning: 'Something arrived on a subject of the namespace that is no event, or no message of ours.',
    remedy:
      'See the cause, and correct its sender. It was dropped; if it came by JetStream, it is among the dead letters.',
    retryable: false,
  },
  SM_NATS_DEAD_LETTER: {
    meaning: 'A rejected frame could not be stored among the dead letters.',
    remedy: 'See the cause; the frame stays in its queue and is tried again.',
    retryable: true,
  },
} as const satisfies Catalogue

/** Makes an error of this transport's catalogue. */
export const natsError = defineErrors(natsCatalogue)

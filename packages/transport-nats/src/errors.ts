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
  SM_NATS_REPLICAS: {
    meaning:
      'In a stream with replicas, a nats-server before 2.9.16 may lose a frame that several groups want, so it is refused.',
    remedy: 'Run nats-server 2.9.16 or later on every server of the cluster, or let the stream have one replica.',
    retryable: false,
  },
  SM_NATS_DEAD_LETTER: {
    meaning: 'A rejected frame could not be stored among the dead letters.',
    remedy: 'See the cause; the frame stays in its queue and is tried again.',
    retryable: true,
  },
  SM_NATS_TRIES: {
    meaning:
      'It could not be stored that a handler begins with a frame, so nobody would know of a try that ends its process.',
    remedy: 'See the cause; the frame goes back to its queue and is tried again.',
    retryable: true,
  },
} as const satisfies Catalogue

/** Makes an error of this transport's catalogue. */
export const natsError = defineErrors(natsCatalogue)

import { type Catalogue, defineErrors } from '@sm/core/transport'

/** Every code that transports with a broker share, with its meaning and remedy. */
export const brokerCatalogue = {
  SM_BROKER_UNREACHABLE: {
    meaning: 'No broker answers at the address.',
    remedy: 'Check host, port and firewall, and that the server runs; see the cause.',
    retryable: true,
  },
  SM_BROKER_AUTH: {
    meaning: 'The broker refuses the credentials, or lets them do less than is needed.',
    remedy: 'Check user, password, token or key, and the permissions of the user.',
    retryable: false,
  },
  SM_BROKER_TLS: {
    meaning: 'The encrypted connection to the broker could not be made.',
    remedy: 'Check the certificates, the host name in them, and that the port speaks TLS.',
    retryable: false,
  },
  SM_BROKER_UNFIT: {
    meaning: 'The server lacks something that the transport cannot do without.',
    remedy: 'See the message for what is missing, and change the configuration or the version of the server.',
    retryable: false,
  },
  SM_BROKER_DOWN: {
    meaning: 'There is no connection to the broker at the moment, and the frame has not been sent.',
    remedy: 'Publish again; the transport connects again by itself.',
    retryable: true,
  },
  SM_BROKER_LOST: {
    meaning: 'The connection was lost before the broker had answered.',
    remedy: 'The broker may have the frame: publish again under the same id, or let it be.',
    retryable: true,
  },
  SM_BROKER_TIMEOUT: {
    meaning: 'The broker did not take the frame in time.',
    remedy: 'Look whether the broker is overloaded or full; publish again under the same id.',
    retryable: true,
  },
  SM_BROKER_FULL: {
    meaning: 'The broker has no room for the frame.',
    remedy: 'Let the consumers catch up, or raise the limit of the queue or of the server.',
    retryable: true,
  },
  SM_BROKER_REFUSED: {
    meaning: 'The broker refuses what was asked of it.',
    remedy: 'See the cause: a permission, a policy or a limit of the server.',
    retryable: false,
  },
  SM_BROKER_TOPOLOGY: {
    meaning: 'What the broker has under the name of a queue, stream or exchange is not what the transport needs.',
    remedy: 'Remove it or choose another namespace: it was made by something else, or with other options.',
    retryable: false,
  },
  SM_BROKER_DROPPED: {
    meaning: 'A frame that was sent at most once was dropped, because the consumer is too slow.',
    remedy: 'Handle faster, raise the prefetch, or publish at least once.',
    retryable: false,
  },
} as const satisfies Catalogue

/** Makes an error of the catalogue that transports with a broker share. */
export const brokerError = defineErrors(brokerCatalogue)

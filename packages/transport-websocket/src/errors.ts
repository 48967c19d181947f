import { type Catalogue, defineErrors } from '@sm/core/transport'

/** Every code that `@sm/transport-websocket` throws, with its meaning and remedy. */
export const websocketCatalogue = {
  SM_WEBSOCKET_OPTIONS: {
    meaning: 'An option of the transport or of a hub cannot be used.',
    remedy: 'Correct the option that the error names.',
    retryable: false,
  },
  SM_WEBSOCKET_LISTEN: {
    meaning: 'A hub could not open its port.',
    remedy: 'See the cause; choose another port or host, or attach the hub to a server that listens.',
    retryable: true,
  },
  SM_WEBSOCKET_UNREACHABLE: {
    meaning: 'No hub answers at the address.',
    remedy: 'Check host, port, path, proxy and certificate, and that the hub runs; see the cause.',
    retryable: true,
  },
  SM_WEBSOCKET_AUTH: {
    meaning: 'One side of a connection to a hub has not proved that it knows the token.',
    remedy: 'Give the hub and the agent the same token.',
    retryable: false,
  },
  SM_WEBSOCKET_REFUSED: {
    meaning: 'A hub refuses an agent, or a connection through it: it is full, or does not know whom to call.',
    remedy: 'See the reason that it gave; raise the limit that it names.',
    retryable: true,
  },
  SM_WEBSOCKET_PROTOCOL: {
    meaning: 'The other side sent what the protocol between agent and hub does not allow; the connection was closed.',
    remedy: 'Check that the address is that of a hub of this version; if it is, report the fault.',
    retryable: true,
  },
  SM_WEBSOCKET_LOST: {
    meaning: 'The connection between an agent and its hub was lost, or has been silent for too long.',
    remedy: 'Nothing to do: the agent connects again by itself.',
    retryable: true,
  },
} as const satisfies Catalogue

/** Makes an error of this package's catalogue. */
export const websocketError = defineErrors(websocketCatalogue)

import { type Catalogue, defineErrors } from '@sm/core/transport'

/** Every code that `@sm/transport-lanet` throws, with its meaning and remedy. */
export const lanetCatalogue = {
  SM_LANET_OPTIONS: {
    meaning: 'An option of the Lanet transport is wrong.',
    remedy: 'Correct the option that the error names.',
    retryable: false,
  },
  SM_LANET_KEY: {
    meaning: 'A network key or public key is not 32 bytes in base64.',
    remedy: 'Copy the key whole; `openssl rand -base64 32` makes a network key.',
    retryable: false,
  },
  SM_LANET_KEY_FILE: {
    meaning: 'A file or directory of keys cannot be used, or others than this user could read or change it.',
    remedy: 'Correct its owner and mode (directory 0700, file 0600), or choose another directory with keyDirectory.',
    retryable: false,
  },
  SM_LANET_LISTEN: {
    meaning: 'The port for the links of other agents cannot be opened.',
    remedy: 'Choose a port that is free, or 0 for any; see the cause.',
    retryable: true,
  },
  SM_LANET_DIAL: {
    meaning: 'A peer could not be reached at any of its addresses.',
    remedy: 'See the cause; check that a firewall lets the port through. It is tried again by itself.',
    retryable: true,
  },
  SM_LANET_HANDSHAKE: {
    meaning:
      'A handshake failed or was not finished in time: the other end has another network key, or is no Lanet peer.',
    remedy: 'Give both machines the same network key; otherwise find out who dials this port.',
    retryable: true,
  },
  SM_LANET_UNTRUSTED: {
    meaning: 'The public key of a peer is not in the list of those that are trusted, or was revoked.',
    remedy: 'Add the key of its machine to publicKeys if it belongs there.',
    retryable: false,
  },
  SM_LANET_IDENTITY: {
    meaning: 'A peer proved to be another than the one that was expected, or claims what belongs to another.',
    remedy: 'Nothing to do after a restart or a change of addresses; otherwise find out who claims to be that peer.',
    retryable: true,
  },
  SM_LANET_TAMPERED: {
    meaning: 'What came in over a link was changed, left out, repeated or put into another order on its way.',
    remedy: 'The link was ended and is made again; find out what stands between the two machines.',
    retryable: true,
  },
  SM_LANET_TRUNCATED: {
    meaning: 'A link ended in the middle of a record.',
    remedy: 'The link is made again; find out what cuts connections between the two machines.',
    retryable: true,
  },
  SM_LANET_FLOOD: {
    meaning: 'More connections that have not authenticated themselves than are allowed: the surplus was closed.',
    remedy: 'Find out who opens them; links that exist are not affected.',
    retryable: true,
  },
  SM_LANET_MDNS: {
    meaning: 'Multicast DNS does not work over an interface, or more is announced there than is kept.',
    remedy: 'See the cause; where a network has no multicast, use the option peers or scan.',
    retryable: true,
  },
  SM_LANET_PEER: {
    meaning: 'An address of the option peers has no agent of this namespace that can be linked.',
    remedy: 'See the cause; check the name, the port, and that the agent runs. It is tried again by itself.',
    retryable: true,
  },
} as const satisfies Catalogue

/** Makes an error of this transport's catalogue. */
export const lanetError = defineErrors(lanetCatalogue)

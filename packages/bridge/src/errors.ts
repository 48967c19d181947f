import { type Catalogue, defineErrors } from '@sm/core/transport'

/** Every code that `@sm/bridge` throws or rejects messages with, with its meaning and remedy. */
export const bridgeCatalogue = {
  SM_BRIDGE_OPTIONS: {
    meaning: 'An option of a bridge is missing, unknown or out of range.',
    remedy: 'Correct the option that the error names.',
    retryable: false,
  },
  SM_BRIDGE_LOOP: {
    meaning: 'Both sides of a bridge are the same wire in the same namespace.',
    remedy: 'Give "from" and "to" different transports, servers or namespaces.',
    retryable: false,
  },
  SM_BRIDGE_START: {
    meaning: 'A side of a bridge could not be started, or its subscriptions were not ready in time.',
    remedy: 'See the cause; nothing was left open.',
    retryable: true,
  },
  SM_BRIDGE_HOPS: {
    meaning: 'A message has crossed as many bridges as it may.',
    remedy: 'Look for bridges that lead in a circle, or raise maxHops.',
    retryable: false,
  },
  SM_BRIDGE_MARKS: {
    meaning: 'A message has so many extensions that the two marks of a bridge find no room.',
    remedy: 'Send it with two extensions fewer, or have a transform remove some.',
    retryable: false,
  },
  SM_BRIDGE_REFUSED: {
    meaning:
      'The far side does not take a message: it is too large, needs what the wire lacks, or nobody there has its inbox.',
    remedy: 'See the reason of the far side in the text, mend it there, and replay the dead letter.',
    retryable: false,
  },
  SM_BRIDGE_TRANSFORM: {
    meaning: 'The transform of a bridge threw, was late, or made what is no message.',
    remedy: 'Correct the transform; the message is among the dead letters of the near side where that keeps them.',
    retryable: false,
  },
  SM_BRIDGE_AWAY: {
    meaning: 'The far side has lost its wire, so that nobody can tell who is there.',
    remedy:
      'A message at least once is kept and repeated under its id until the wire is back; ask again for a request.',
    retryable: true,
  },
  SM_BRIDGE_REPLIES: {
    meaning: 'As many inboxes for replies are open as there may be.',
    remedy: 'Raise maxReplyInboxes, run more bridges, or find out who asks from so many instances.',
    retryable: true,
  },
} as const satisfies Catalogue

/** Makes an error of the bridge's catalogue. */
export const bridgeError = defineErrors(bridgeCatalogue)

import { jetstreamManager } from '@nats-io/jetstream'
import type { SmError } from '@sm/core/transport'
import { toApiError } from './api-errors.ts'
import { natsError } from './errors.ts'
import type { Session } from './session.ts'

/** How long a server may take to say whether it has JetStream, in milliseconds. */
const answerMs = 3_000

/** Why there is no JetStream for this user; undefined when there is. Rejects when the connection is lost. */
export async function findJetStream(session: Session): Promise<SmError | undefined> {
  const remedy = 'nothing is delivered at least once, and nothing is kept'
  if (session.connection.info?.jetstream !== true) {
    return natsError('SM_NATS_JETSTREAM', `The NATS server has no JetStream: ${remedy}. Start it with -js`)
  }
  try {
    await jetstreamManager(session.connection, { timeout: answerMs })
    return undefined
  } catch (cause) {
    const error = toApiError(cause, 'tell whether it is there', session)
    if (!session.isOpen) throw error
    return natsError('SM_NATS_JETSTREAM', `JetStream cannot be used, so ${remedy}: ${error.message}`, { cause })
  }
}

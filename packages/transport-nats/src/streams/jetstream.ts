import { jetstreamManager } from '@nats-io/jetstream'
import type { Clock, SmError } from '@sm/core/transport'
import { natsError } from '../errors.ts'
import type { Session } from '../session.ts'
import { isUnsettled, toApiError } from './api-errors.ts'
import { settling } from './settling.ts'

/** How long a server may take to say whether it has JetStream before it is asked again, in milliseconds. */
const answerMs = 3_000

/** Why there is no JetStream for this user; undefined when there is. Rejects when that cannot be found out. */
export async function findJetStream(session: Session, clock: Clock): Promise<SmError | undefined> {
  const remedy = 'nothing is delivered at least once, and nothing is kept'
  if (session.connection.info?.jetstream !== true) {
    return natsError('SM_NATS_JETSTREAM', `The NATS server has no JetStream: ${remedy}. Start it with -js`)
  }
  try {
    await settling(clock, () => jetstreamManager(session.connection, { timeout: answerMs }))
    return undefined
  } catch (cause) {
    const error = toApiError(cause, 'tell whether it is there', session)
    if (!session.isOpen || isUnsettled(cause)) throw error
    return natsError('SM_NATS_JETSTREAM', `JetStream cannot be used, so ${remedy}: ${error.message}`, { cause })
  }
}

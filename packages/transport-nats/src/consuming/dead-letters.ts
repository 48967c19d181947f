import type { Msg } from '@nats-io/transport-node'
import { brokerError } from '@sm/brokered'
import type { RejectReason } from '@sm/core/transport'
import type { Session } from '../session.ts'
import type { Names } from '../wire/names.ts'
import { readAnswer } from '../wire/publish-answer.ts'
import { headerText, parseHeaders } from '../wire/read-event.ts'
import { storedId } from '../wire/receipt.ts'
import { firstLine, toHeaders } from '../wire/write-event.ts'

const answerMs = 5_000
/** Longest reason that goes along, in characters. */
const longestReason = 1_000

/**
 * Stores a frame among the dead letters, as it came, with the reason beside its headers. Rejects when the server has not
 * confirmed that it is there.
 */
export async function bury(
  msg: Msg,
  group: string,
  reason: RejectReason,
  names: Names,
  session: Session,
): Promise<void> {
  let text = firstLine
  for (const [name, value] of parseHeaders(headerText(msg))) {
    if (!/^nats-/i.test(name)) text += `${name}: ${value}\r\n`
  }
  text += `sm-dead-code: ${encode(reason.code)}\r\n`
  text += `sm-dead-reason: ${encode(reason.message.slice(0, longestReason))}\r\n`
  text += `sm-dead-group: ${encode(group)}\r\n`
  // A frame that was rejected before a lost connection, and is rejected again after it, is one dead letter.
  text += `Nats-Msg-Id: ${encode(group)}@${storedId(msg.reply ?? '')}\r\n\r\n`
  const headers = toHeaders(text)
  const answer = readAnswer(
    await session.connection.request(names.dead(msg.subject), msg.data, { headers, timeout: answerMs }),
  )
  if (answer.kind === 'refused') throw answer.error
  if (answer.kind === 'busy')
    throw brokerError('SM_BROKER_FULL', 'The stream of dead letters takes nothing at the moment')
  if (answer.kind === 'missing') throw brokerError('SM_BROKER_REFUSED', 'There is no stream of dead letters')
}

/** Printable ASCII, as header values want it. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%20', ' ')
}

import { brokerError } from '@sm/brokered'
import { type Catalogue, defineErrors, isSmError, type SmError } from '@sm/core/transport'

/** Every code that only `@sm/transport-amqp` throws, with its meaning and remedy. */
export const amqpCatalogue = {
  SM_AMQP_CHANNELS: {
    meaning: 'The connection has no channel left for another subscription.',
    remedy: 'Subscribe to fewer patterns, or raise channel_max of the server.',
    retryable: false,
  },
} as const satisfies Catalogue

const amqpError = defineErrors(amqpCatalogue)

/** The part of an error of Node or amqplib that says what has happened. */
interface Fault {
  readonly code: unknown
  readonly message: string
}

function faultOf(cause: unknown): Fault {
  const { code, message } = cause as { code?: unknown; message?: unknown }
  return { code, message: typeof message === 'string' ? message : String(cause) }
}

const tlsCodes = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|HOSTNAME_MISMATCH|ERR_OSSL)/

/** Why there is no connection to `host`, which is `name:port`. */
export function connectError(cause: unknown, host: string, user: string): SmError {
  if (isSmError(cause)) return cause
  const { code, message } = faultOf(cause)
  const details = { host }
  if (typeof code === 'string' && tlsCodes.test(code)) {
    return brokerError('SM_BROKER_TLS', `No encrypted connection to RabbitMQ at ${host}: ${code}`, { details, cause })
  }
  if (/\b403\b|ACCESS.REFUSED/i.test(message)) {
    const what =
      `RabbitMQ at ${host} refuses the user "${user}": the password is wrong, there is no such user, or it may not come from ` +
      'this machine (guest may only from that of the server)'
    return brokerError('SM_BROKER_AUTH', what, { details, cause })
  }
  // amqplib does not say why the server closes it once the password was taken.
  if (/\b530\b|NOT.ALLOWED|SASL mechanism|ConnectionOpenOk; got <ConnectionClose/i.test(message)) {
    const what =
      `RabbitMQ at ${host} has closed the connection of the user "${user}" once it had taken the password: the virtual host is ` +
      'missing or closed to it, or a limit of connections (of the virtual host, of the user or of the server) is reached'
    return brokerError('SM_BROKER_AUTH', what, { details, cause })
  }
  const why = typeof code === 'string' ? code : message
  return brokerError('SM_BROKER_UNREACHABLE', `RabbitMQ does not answer at ${host}: ${why}`, { details, cause })
}

/** The connection was lost, or this channel of it. */
export function lostError(cause: unknown): SmError {
  const why = cause === undefined ? 'it was closed' : faultOf(cause).message
  const what = `The connection to RabbitMQ was lost before it had answered: ${why}`
  return brokerError('SM_BROKER_LOST', what, { details: { outcome: 'unknown' }, cause })
}

/** A queue or exchange has vanished: somebody has deleted it, and it is made again. */
export function goneError(cause: unknown, name: string): SmError {
  const what = `"${name}" or what it needs was gone from RabbitMQ, and is made again: ${faultOf(cause).message}`
  return brokerError('SM_BROKER_LOST', what, { details: { name, outcome: 'unknown' }, cause })
}

/** Why the broker did not do what was asked of it for `name`, a queue or an exchange. */
export function requestError(cause: unknown, name: string): SmError {
  if (isSmError(cause)) return cause
  const { code, message } = faultOf(cause)
  const details = { name }
  if (code === 403) {
    const what =
      `RabbitMQ does not let this user declare, bind, write or read "${name}": it needs the permissions ` +
      'configure, write and read for all names that begin with the namespace and a dot, and write for amq.default'
    return brokerError('SM_BROKER_AUTH', what, { details, cause })
  }
  if (code === 404) return goneError(cause, name)
  if (code === 406 || code === 405) {
    const what = `"${name}" is not on RabbitMQ as it must be: ${message}`
    return brokerError('SM_BROKER_TOPOLOGY', what, { details, cause })
  }
  if (/No channels left/.test(message))
    return amqpError('SM_AMQP_CHANNELS', `No channel is left for "${name}"`, { cause })
  if (typeof code === 'number') {
    return brokerError('SM_BROKER_REFUSED', `RabbitMQ refuses "${name}": ${message}`, { details, cause })
  }
  return lostError(cause)
}

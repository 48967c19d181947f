import { smError } from '../errors/index.ts'

/**
 * The naming rules, in one place. They are narrow on purpose: what passes can stand as it is in a file name, a NATS
 * subject, an AMQP routing key, a Redis key and a DNS label, so that no transport has to escape and no name can climb out.
 */
export const nameLimits = {
  /** Longest namespace, agent id or group part, in characters. */
  part: 63,
  /** Longest message type or pattern, in characters. */
  type: 200,
  /** Most segments of a message type or pattern. */
  segments: 16,
  /** Longest foreign message id, ordering key or trace state, in characters. */
  text: 512,
  /** Longest value of a header extension, in characters. */
  extension: 2048,
  /** Longest name of a header extension, in characters. */
  extensionName: 20,
  /** Longest name of an encoding, in characters. */
  encoding: 40,
} as const

const PART = /^[a-z0-9][a-z0-9_-]{0,62}$/
const SEGMENT = /^[A-Za-z0-9][A-Za-z0-9_-]*$/
const EXTENSION = /^[a-z0-9]+$/
/** The names of the attributes of a header, and of the data, in CloudEvents: an extension of that name would hide one. */
const ATTRIBUTES: ReadonlySet<string> = new Set([
  ...['specversion', 'id', 'source', 'type', 'time', 'datacontenttype', 'data'],
  ...['to', 'replyto', 'correlationid', 'causationid', 'expirytime', 'partitionkey', 'traceparent', 'tracestate'],
  ...['smversion', 'smdelivery', 'smencodings'],
])
const RESERVED_TYPE = 'sm'

function refuse(kind: string, value: unknown, why: string): never {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : `a ${typeof value}`
  throw smError('SM_NAME_INVALID', `The ${kind} ${shown} ${why}`, { details: { kind } })
}

function checkPart(kind: string, value: unknown): asserts value is string {
  if (typeof value !== 'string' || !PART.test(value)) {
    refuse(
      kind,
      value,
      `is not 1 to ${nameLimits.part} characters of a-z, 0-9, "-" and "_", beginning with a letter or digit`,
    )
  }
}

/** Throws `SM_NAME_INVALID` for what is no namespace. */
export function checkNamespace(value: unknown): asserts value is string {
  checkPart('namespace', value)
}

/** Throws `SM_NAME_INVALID` for what is no agent id. */
export function checkAgentId(value: unknown): asserts value is string {
  checkPart('agent id', value)
}

/** A group is an agent id, or one followed by `/` and an instance; users may choose any name of that form. */
export function checkGroup(value: unknown): asserts value is string {
  const [agent, instance, ...rest] = typeof value === 'string' ? value.split('/') : []
  if (rest.length > 0) refuse('group', value, 'has more than one "/"')
  checkPart('group', agent)
  if (instance !== undefined && !/^[A-Za-z0-9]{1,26}$/.test(instance))
    refuse('group', value, 'has a malformed instance')
}

/** A dotted type such as `order.placed`. Types under `sm.` are the library's own. */
export function checkMessageType(value: unknown): asserts value is string {
  checkSegments('message type', value, segment => SEGMENT.test(segment))
  if ((value as string).split('.', 1)[0] === RESERVED_TYPE) {
    refuse('message type', value, 'begins with the segment "sm", which is kept for the library')
  }
}

/** A type as it may come off a wire: also the library's own, which may wrap another type. */
export function checkWireType(value: unknown): asserts value is string {
  const wrapped = typeof value === 'string' && value.startsWith('sm.cancel.') ? value.slice('sm.cancel.'.length) : value
  checkSegments('message type', wrapped, segment => SEGMENT.test(segment))
}

/** A dotted pattern: `*` stands for one segment, `#` for any number of them, also none. */
export function checkPattern(value: unknown): asserts value is string {
  checkSegments('pattern', value, segment => segment === '*' || segment === '#' || SEGMENT.test(segment))
}

function checkSegments(kind: string, value: unknown, valid: (segment: string) => boolean): void {
  if (typeof value !== 'string' || value === '') refuse(kind, value, 'is not a text of dotted segments')
  if (value.length > nameLimits.type) refuse(kind, value, `is longer than ${nameLimits.type} characters`)
  const segments = value.split('.')
  if (segments.length > nameLimits.segments) refuse(kind, value, `has more than ${nameLimits.segments} segments`)
  for (const segment of segments) {
    if (!valid(segment)) refuse(kind, value, `has the malformed segment ${JSON.stringify(segment.slice(0, 40))}`)
  }
}

/** The name of a header extension, by the rule of CloudEvents: 1 to 20 lower-case letters and digits. */
export function checkExtensionName(value: unknown): asserts value is string {
  if (typeof value !== 'string' || !EXTENSION.test(value) || value.length > nameLimits.extensionName) {
    refuse('extension name', value, `is not 1 to ${nameLimits.extensionName} characters of a-z and 0-9`)
  }
  if (ATTRIBUTES.has(value)) refuse('extension name', value, 'is that of an attribute of every header')
}

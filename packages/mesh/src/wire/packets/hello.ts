import { checkAgentId, checkGroup, checkNamespace, checkPattern, isUlid, type Target } from '@sm/core/transport'
import { meshError } from '../../errors.ts'
import { wireMajor, wireMinor } from './packet.ts'

/** A wish of a side, under a number of its own by which frames are addressed. */
export interface Interest {
  readonly id: number
  readonly target: Target
  readonly group: string
  /** How much may be sent to it before it grants more, in bytes of cost. */
  readonly credit: number
}

/** The first words of a side. */
export interface Hello {
  readonly wire: { readonly major: number; readonly minor: number }
  readonly namespace: string
  readonly agent: string
  readonly instance: string
  /** Same for all processes of one machine. */
  readonly hostId: string
  readonly processId: number
  /** Whether bodies may come packed, with records. */
  readonly packed: boolean
  /** Largest frame that it takes, in bytes. */
  readonly maxFrameBytes: number
}

/** A change of what a side wants. */
export interface InterestChange {
  readonly add: readonly Interest[]
  readonly remove: readonly number[]
}

function refuse(what: string): never {
  throw meshError('SM_MESH_PROTOCOL', what)
}

/** JSON of a packet. Throws `SM_MESH_PROTOCOL`. */
export function readJson(payload: Buffer, what: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(payload.toString('utf8'))
  } catch {
    refuse(`${what} is not JSON`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse(`${what} is not an object`)
  return value as Record<string, unknown>
}

function integer(value: unknown, min: number, max: number, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    refuse(`${what} is not an integer of ${min} to ${max}`)
  }
  return value
}

function list(value: unknown, most: number, what: string): readonly unknown[] {
  if (!Array.isArray(value)) refuse(`${what} is not a list`)
  if (value.length > most)
    throw meshError('SM_MESH_LIMIT', `${what} has ${value.length} entries, where ${most} are allowed`)
  return value
}

function toTarget(value: unknown): Target {
  const { kind, agent, instance, pattern } = Object(value) as Record<string, unknown>
  if (kind === 'pattern') {
    checkPattern(pattern)
    return { kind, pattern }
  }
  if (kind !== 'inbox') refuse('An interest is neither a pattern nor an inbox')
  checkAgentId(agent)
  if (instance !== undefined && (typeof instance !== 'string' || !isUlid(instance)))
    refuse('An inbox has no valid instance')
  return { kind, agent, instance }
}

function toInterest(value: unknown): Interest {
  const { id, target, group, credit } = Object(value) as Record<string, unknown>
  checkGroup(group)
  return {
    id: integer(id, 0, 0xffff, 'The id of an interest'),
    target: toTarget(target),
    group,
    credit: integer(credit, 0, 0x7fff_ffff, 'The credit of an interest'),
  }
}

/** Reads a change of interests. Throws `SM_MESH_PROTOCOL`, `SM_MESH_LIMIT` or `SM_NAME_INVALID`. */
export function readInterests(payload: Buffer, most: number): InterestChange {
  const { add, remove } = readJson(payload, 'A change of interests')
  return {
    add: list(add, most, 'A list of interests').map(toInterest),
    remove: list(remove, most, 'A list of removed interests').map(id =>
      integer(id, 0, 0xffff, 'The id of an interest'),
    ),
  }
}

/** Throws `SM_MESH_VERSION`, naming both sides, unless the versions fit. */
function checkWire(value: unknown): Hello['wire'] {
  const { major, minor } = Object(value) as Record<string, unknown>
  const wire = {
    major: integer(major, 0, 0xffff, 'The wire major of a hello'),
    minor: integer(minor, 0, 0xffff, 'The wire minor of a hello'),
  }
  // A newer minor only adds what an older one may leave unread.
  if (wire.major !== wireMajor) {
    const what = `The peer speaks wire version ${wire.major}.${wire.minor}, and this side ${wireMajor}.${wireMinor}`
    throw meshError('SM_MESH_VERSION', what, {
      details: { theirs: wire, ours: { major: wireMajor, minor: wireMinor } },
    })
  }
  return wire
}

/**
 * Reads a hello, of the peer that its connection has authenticated where it has. Throws `SM_MESH_VERSION`,
 * `SM_MESH_PROTOCOL` or `SM_NAME_INVALID`.
 */
export function readHello(payload: Buffer, proved?: { readonly agent: string; readonly instance: string }): Hello {
  const hello = readJson(payload, 'A hello')
  // The version first: what else a hello holds depends on it.
  const wire = checkWire(hello.wire)
  const { namespace, agent, instance, hostId, packed } = hello
  checkNamespace(namespace)
  checkAgentId(agent)
  if (typeof instance !== 'string' || !isUlid(instance)) refuse('A hello has no valid instance')
  if (proved && (agent !== proved.agent || instance !== proved.instance)) {
    refuse(`The hello of ${agent}/${instance} came over a connection to ${proved.agent}/${proved.instance}`)
  }
  if (typeof hostId !== 'string' || !/^[\w-]{1,64}$/.test(hostId)) refuse('A hello has no valid host id')
  return {
    wire,
    namespace,
    agent,
    instance,
    hostId,
    processId: integer(hello.processId, 0, 0x7fff_ffff, 'The process id of a hello'),
    packed: packed === true,
    maxFrameBytes: integer(hello.maxFrameBytes, 1, 0x7fff_ffff, 'The largest frame of a hello'),
  }
}

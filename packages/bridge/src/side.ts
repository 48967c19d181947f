import { createHash } from 'node:crypto'
import {
  checkNamespace,
  chooseTransports,
  isPlainObject,
  type TransportChoice,
  type TransportsConfig,
} from '@sm/core/transport'
import { bridgeError } from './errors.ts'
import type { BridgeSide, BridgeWire } from './options.ts'

/** A side of a bridge, chosen and not made yet. */
export interface ChosenSide {
  readonly choice: TransportChoice
  readonly namespace: string
  /** Eight hexadecimal digits that two sides share when they are the same wire in the same namespace, as far as options tell. */
  readonly wire: string
}

/** Options whose values must not be read off a digest. */
const SECRET = /pass|secret|token|key|cred|auth|seed|jwt|cert|psk|user|login/i

/** Numbers that say where a wire is; others say how it is used. */
const PLACE = /^(port|db|database)$/i

/** A text without the user and password that a URL may hold. */
function withoutUser(text: string): string {
  const url = URL.parse(text)
  if (!url) return text.slice(text.lastIndexOf('@') + 1)
  return `${url.protocol}//${url.host}${url.pathname}`
}

/** What options say of where a wire is: texts, and nothing secret. */
function placeOf(value: unknown, name = ''): unknown {
  if (SECRET.test(name)) return undefined
  if (typeof value === 'string' || value instanceof URL) return withoutUser(String(value))
  if (typeof value === 'number') return PLACE.test(name) ? value : undefined
  if (Array.isArray(value)) return value.map(entry => placeOf(entry))
  if (typeof value !== 'object' || value === null || !isPlainObject(value)) return undefined
  return Object.keys(value)
    .sort()
    .map(key => [key, placeOf((value as Record<string, unknown>)[key], key)])
    .filter(([, place]) => place !== undefined)
}

function digest(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 8)
}

function wireOf({ definition, options }: TransportChoice, namespace: string): string {
  // Within a process there is one such wire, whatever its options are.
  const place = definition.capabilities.reach === 'process' ? [] : placeOf(options)
  return digest([definition.name, namespace, place])
}

function toConfig(wire: BridgeWire): TransportsConfig {
  const isEntry = typeof wire === 'string' || wire instanceof URL || 'definition' in wire
  return isEntry ? [wire as string | URL | TransportChoice] : (wire as TransportsConfig)
}

function hasTransport(side: unknown): side is BridgeSide {
  return typeof side === 'object' && side !== null && isPlainObject(side) && 'transport' in side
}

/** Chooses the transport of a side. Rejects with `SM_BRIDGE_OPTIONS`, `SM_NAME_INVALID` or what choosing a transport does. */
export async function chooseSide(
  option: 'from' | 'to',
  side: BridgeWire | BridgeSide | undefined,
  fallback: string,
): Promise<ChosenSide> {
  const whole: { readonly transport: unknown; readonly namespace?: string } = hasTransport(side)
    ? side
    : { transport: side }
  const { transport, namespace = fallback, ...stray } = whole
  const refuse = (why: string) =>
    bridgeError('SM_BRIDGE_OPTIONS', `The option ${option} ${why}`, { details: { option } })
  const [unknown] = Object.keys(stray)
  if (unknown !== undefined) throw refuse(`has ${JSON.stringify(unknown.slice(0, 60))} (it has transport, namespace)`)
  if (typeof transport !== 'string' && (typeof transport !== 'object' || transport === null)) {
    throw refuse('is not a name, a URL, a transport, or an object with options by name')
  }
  checkNamespace(namespace)
  const choices = await chooseTransports(toConfig(transport as BridgeWire), [])
  const [choice] = choices
  if (!choice || choices.length > 1) throw refuse(`names ${choices.length} transports, and a side is one`)
  return { choice, namespace, wire: wireOf(choice, namespace) }
}

/** A name for a bridge between two wires: the same in both directions, and on every instance with the same options. */
export function nameOfPair(a: ChosenSide, b: ChosenSide): string {
  const names = [a, b].map(({ choice }) => choice.definition.name).sort()
  return `${names.join('-').slice(0, 54)}-${digest([a.wire, b.wire].sort())}`
}

import { types } from 'node:util'
import { smError } from '../errors/index.ts'
import type { Json, Payload } from './frame.ts'
import { isPlainObject } from './plain-object.ts'

/** Deepest nesting of a payload. */
export const maxPayloadDepth = 128

type Path = ReadonlyArray<string | number>

function refuse(path: Path, what: string): never {
  let where = 'payload'
  for (const step of path) where += typeof step === 'number' ? `[${step}]` : `.${step}`
  throw smError('SM_PAYLOAD_NOT_PORTABLE', `${where} is ${what}`, { details: { path: where } })
}

/** The path is built only when something is refused: on the way back from where it happened. */
class Refusal {
  readonly path: Array<string | number> = []
  readonly what: string
  constructor(what: string) {
    this.what = what
  }
}

function nameOf(value: object): string {
  const name: unknown = value.constructor?.name
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'not a plain object'
}

function copy(value: unknown, depth: number, freeze: boolean): Json {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new Refusal('a string with half a surrogate pair')
      return value
    case 'boolean':
      return value
    case 'number':
      if (!Number.isFinite(value)) throw new Refusal(`${value}`)
      // JSON has no negative zero.
      return value === 0 ? 0 : value
    case 'object':
      if (value === null) return null
      if (depth === maxPayloadDepth) throw new Refusal(`nested more than ${maxPayloadDepth} deep, or a cycle`)
      return Array.isArray(value) ? copyList(value, depth + 1, freeze) : copyRecord(value, depth + 1, freeze)
    default:
      throw new Refusal(value === undefined ? 'undefined' : `a ${typeof value}`)
  }
}

function copyList(list: readonly unknown[], depth: number, freeze: boolean): Json {
  const result: Json[] = new Array(list.length)
  for (let i = 0; i < list.length; i++) {
    try {
      result[i] = copy(list[i], depth, freeze)
    } catch (error) {
      if (error instanceof Refusal) error.path.unshift(i)
      throw error
    }
  }
  return freeze ? Object.freeze(result) : result
}

/** Keys that were found well-formed: the same few come again and again. */
const knownKeys: string[] = []

function requireWellFormedKey(key: string): void {
  const place = (key.length * 31 + key.charCodeAt(key.length - 1)) & 255
  if (knownKeys[place] === key) return
  if (!key.isWellFormed()) throw new Refusal('a key with half a surrogate pair')
  // Longer ones are dear to keep.
  if (key.length <= 64) knownKeys[place] = key
}

function copyRecord(record: object, depth: number, freeze: boolean): Json {
  if (!isPlainObject(record)) throw new Refusal(nameOf(record))
  const result: Record<string, Json> = {}
  for (const key in record) {
    const value = (record as Record<string, unknown>)[key]
    // As in JSON, an absent property and an undefined one are the same.
    if (value === undefined) continue
    try {
      if (key === '__proto__') throw new Refusal('a key that objects treat specially')
      requireWellFormedKey(key)
      result[key] = copy(value, depth, freeze)
    } catch (error) {
      if (error instanceof Refusal) error.path.unshift(key)
      throw error
    }
  }
  return freeze ? Object.freeze(result) : result
}

/**
 * A copy of a payload that means the same on every wire, made and checked in one pass: the sender may change its own
 * object afterwards, and memory hands over what any wire would. Bytes are copied too.
 *
 * Refuses with `SM_PAYLOAD_NOT_PORTABLE` and the path what a wire would change or lose: a Date, NaN, undefined in a
 * list, a class instance, a function, a bigint, a cycle, bytes inside of JSON.
 */
export function toPortable(value: unknown, freeze: boolean): Payload {
  if (types.isUint8Array(value)) return new Uint8Array(value)
  try {
    return copy(value, 0, freeze)
  } catch (error) {
    if (error instanceof Refusal) return refuse(error.path, error.what)
    throw error
  }
}

/** Whether `b` is the same as the portable `a`, wherever a wire looks: absent and undefined properties are one. */
export function isSamePayload(a: unknown, b: unknown, depth = 0): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || depth > maxPayloadDepth)
    return false
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, i) => isSamePayload(item, b[i], depth + 1))
  }
  if (!isPlainObject(a) || !isPlainObject(b)) return false
  let entries = 0
  for (const key in b) if ((b as Record<string, unknown>)[key] !== undefined) entries += 1
  for (const key in a) {
    const value = (a as Record<string, unknown>)[key]
    if (value === undefined) continue
    // What objects inherit under a name is never the same as a value that is portable.
    const other = (b as Record<string, unknown>)[key]
    if (value !== other && !isSamePayload(value, other, depth + 1)) return false
    entries -= 1
  }
  return entries === 0
}

import { type Json, maxPayloadDepth } from '../message/index.ts'

/**
 * Checks a JSON value that was just decoded, and with `freeze` freezes it in depth. What may be sent is what may come
 * in: no deeper nesting, and nothing that JSON text or MessagePack can spell but a payload cannot hold (`1e999`, half a
 * surrogate pair). Throws a TypeError.
 */
export function checkReceived(value: Json, freeze: boolean, depth = 0): void {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('a text with half a surrogate pair')
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('a number that is not finite')
  } else if (typeof value === 'object' && value !== null) {
    if (depth === maxPayloadDepth) throw new TypeError(`nested more than ${maxPayloadDepth} deep`)
    if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) checkReceived(value[i] as Json, freeze, depth + 1)
    } else {
      const record = value as Readonly<Record<string, Json>>
      for (const key in record) {
        if (!key.isWellFormed()) throw new TypeError('a key with half a surrogate pair')
        checkReceived(record[key] as Json, freeze, depth + 1)
      }
    }
    if (freeze) Object.freeze(value)
  }
}

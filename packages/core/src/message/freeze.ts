import { isPlainObject } from './plain-object.ts'

/** Whether what handlers get is frozen: everywhere but in production. */
export const freezesPayloads = process.env.NODE_ENV !== 'production'

/** Freezes plain objects and lists in depth. Instances that a schema made (a Date, a Map) stay as they are. */
export function freezePlain<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  if (!Array.isArray(value) && !isPlainObject(value)) return value
  Object.freeze(value)
  for (const key in value) freezePlain(value[key])
  return value
}

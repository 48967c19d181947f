/** Whether what handlers get is frozen: everywhere but in production. */
export const freezesPayloads = process.env.NODE_ENV !== 'production'

/** Freezes plain objects and lists in depth. Instances that a schema made (a Date, a Map) stay as they are. */
export function freezePlain<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value
  Object.freeze(value)
  for (const key in value) freezePlain(value[key])
  return value
}

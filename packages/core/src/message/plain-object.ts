/**
 * Whether a value is an object without a class: a literal, or what JSON.parse makes. Those of another realm (a vm context, as
 * test runners use) have an `Object.prototype` of their own, which like ours has nothing above it.
 */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf')
}

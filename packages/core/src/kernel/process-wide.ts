/**
 * Returns a value that is one per process and not one per copy of this package: two copies in one tree get the same. It is kept
 * on the global symbol registry; a new form of it takes a new name.
 */
export function processWide<T>(name: string, create: () => T): T {
  const key = Symbol.for(`@sm/core.${name}`)
  const holder = globalThis as { [key]?: T }
  holder[key] ??= create()
  return holder[key]
}

/** The wires between processes that can be killed from outside of the library, in the order in which they are preferred. */
export const wireNames = ['named-pipes', 'lanet'] as const

export type WireName = (typeof wireNames)[number]

/**
 * The wires that a fleet with these transports can do without: none where there is only one between its processes. Lanet is left
 * alone beside a broker, whose connections look the same.
 */
export function wiresToKill(transports: readonly string[]): readonly WireName[] {
  const between = new Set(transports.filter(name => name !== 'memory'))
  if (between.size < 2) return []
  const others = [...between].some(name => !(wireNames as readonly string[]).includes(name))
  return wireNames.filter(wire => between.has(wire) && !(others && wire === 'lanet'))
}

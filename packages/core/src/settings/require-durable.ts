import type { Transport } from '../contract/index.ts'
import { smError } from '../errors/index.ts'
import type { Durability } from './options.ts'
/** Throws `SM_CAPABILITY_MISSING` where messages must be kept and no transport keeps any. */
export function requireDurable(
  what: string,
  durable: Durability,
  transports: readonly Pick<Transport, 'capabilities'>[],
): void {
  if (durable === false || durable === 'preferred') return
  if (transports.some(({ capabilities }) => capabilities.durable)) return
  const lack = 'no transport of the agent is durable (where it need not be, say durable: "preferred")'
  throw smError('SM_CAPABILITY_MISSING', `${what} cannot be served: ${lack}`)
}

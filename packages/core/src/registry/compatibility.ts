import { contractVersion } from '../contract/index.ts'
import { smError } from '../errors/index.ts'

interface Version {
  readonly major: number
  readonly minor: number
}

/** Reads `major.minor`. Undefined for anything else. */
function parse(version: unknown): Version | undefined {
  const match = typeof version === 'string' ? /^(\d{1,4})\.(\d{1,4})$/.exec(version) : null
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined
}

/**
 * Whether a plugin built for contract `wanted` works with a core that has `given`: the same major, and a minor not
 * above core's. The answer is undefined, or what is wrong in words that name both sides.
 */
export function contractMismatch(wanted: unknown, given: string = contractVersion): string | undefined {
  const core = parse(given) as Version
  const plugin = parse(wanted)
  if (!plugin) return `it states the contract ${JSON.stringify(wanted)}, which is not of the form "major.minor"`
  if (plugin.major !== core.major) return `it was built for contract ${wanted}, and core has ${given}: another major`
  if (plugin.minor > core.minor) return `it was built for contract ${wanted}, which is newer than ${given} of core`
  return undefined
}

/** Throws `SM_TRANSPORT_INCOMPATIBLE`, naming both sides, unless the plugin fits the core. */
export function requireCompatible(name: string, wanted: unknown, given: string = contractVersion): void {
  const mismatch = contractMismatch(wanted, given)
  if (mismatch) {
    throw smError('SM_TRANSPORT_INCOMPATIBLE', `The transport "${name}" does not fit: ${mismatch}`, {
      details: { transport: name, plugin: wanted, core: given },
    })
  }
}

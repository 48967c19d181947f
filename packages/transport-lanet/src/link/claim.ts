import { checkAgentId, checkNamespace, isUlid } from '@sm/core/transport'
import { lanetError } from '../errors.ts'

/** The claim of a side, within a handshake: from then on its key stands for it. */
export interface Claim {
  readonly namespace: string
  readonly agent: string
  readonly instance: string
  /** It asks only who is here, and hangs up. */
  readonly probe: boolean
}

/** Largest claim, in bytes. */
export const maxClaimBytes = 512

export function encodeClaim({ namespace, agent, instance, probe }: Claim): Buffer {
  return Buffer.from(JSON.stringify({ namespace, agent, instance, ...(probe && { probe }) }))
}

/** Throws `SM_LANET_HANDSHAKE` or `SM_NAME_INVALID`. */
export function decodeClaim(bytes: Buffer): Claim {
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (cause) {
    throw lanetError('SM_LANET_HANDSHAKE', 'A peer does not say who it is', { cause })
  }
  const { namespace, agent, instance, probe } = Object(value) as Record<string, unknown>
  checkNamespace(namespace)
  checkAgentId(agent)
  if (typeof instance !== 'string' || !isUlid(instance)) {
    throw lanetError('SM_LANET_HANDSHAKE', 'A peer does not say which instance it is')
  }
  return { namespace, agent, instance, probe: probe === true }
}

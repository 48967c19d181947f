import type { PendingPublish } from '@sm/brokered'
import { formatAddress } from '@sm/core/transport'
import { natsError } from '../errors.ts'

/** The first nats-server that keeps, in a stream with replicas, what one group has acked and another has not. */
const firstSafe = [2, 9, 16] as const

function isBefore(version: string, wanted: readonly number[]): boolean {
  const parts = version.split('.').map(part => Number.parseInt(part, 10))
  for (const [i, least] of wanted.entries()) {
    const part = parts[i] ?? 0
    if (part !== least) return part < least
  }
  return false
}

/**
 * Whether a server may lose a frame that several groups want. The ack of one group may reach a replica before the frame does; an
 * old server takes that for a frame that nobody wants, and has every server of the cluster delete it.
 */
export function losesShared(version: string, replicas: number): boolean {
  return replicas > 1 && isBefore(version, firstSafe)
}

/** The error when such a server is met. */
export function tooOld(version: string, replicas: number): Error {
  const what = `nats-server ${version} may lose what several groups want, as the stream has ${replicas} replicas`
  return natsError('SM_NATS_REPLICAS', `${what}: at least once, such frames are refused`, {
    details: { version, replicas },
  })
}

/** The error of a frame that would not be safe with such a server. */
export function unsafe({ frame, address }: PendingPublish): Error {
  const what = `Several groups may want ${frame.header.type} to ${formatAddress(address)}, and the server may lose it for some`
  return natsError('SM_NATS_REPLICAS', what, { details: { outcome: 'failed' } })
}

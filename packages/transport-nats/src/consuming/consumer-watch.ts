import { type ConsumerInfo, JetStreamApiCodes } from '@nats-io/jetstream'
import { hasApiCode } from '../streams/api-errors.ts'
import type { Pulls } from './pulls.ts'

/**
 * Looks whether a consumer is there still, with what was asked of it: it may go without a word, with its stream; and in a cluster
 * the server that leads it may, and requests go with that. Never rejects.
 */
export function consumerWatch({ pulls, info, gone }: ConsumerWatchDeps): () => Promise<void> {
  let last: string | undefined
  return async () => {
    const { asked } = pulls
    try {
      const { cluster, num_pending: pending, num_waiting: waiting } = await info()
      const isLedAnew = last !== undefined && cluster?.leader !== last
      last = cluster?.leader ?? last
      // While something comes, or is asked for, nothing is certain.
      if (asked > 0 && pulls.asked === asked && (isLedAnew || (waiting === 0 && pending > 0))) pulls.forget()
    } catch (error) {
      const codes = [JetStreamApiCodes.ConsumerNotFound, JetStreamApiCodes.StreamNotFound]
      if (codes.some(code => hasApiCode(error, code))) gone()
    }
  }
}

export interface ConsumerWatchDeps {
  readonly pulls: Pulls
  readonly info: () => Promise<Pick<ConsumerInfo, 'cluster' | 'num_pending' | 'num_waiting'>>
  /** There is no such consumer any more. */
  readonly gone: () => void
}

import type { RejectReason } from '../contract/index.ts'

/** The result of a claim; the reason of a message that was given up before. */
export type Claim = 'claimed' | 'done' | 'busy' | RejectReason

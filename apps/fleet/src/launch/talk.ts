import type { StopReport } from '@sm/core'
import type { Order } from '../member.ts'
import type { WireName } from '../wires/wire-name.ts'

/** A message of the process of the fleet to one that members live in. */
export type Command =
  | { readonly kind: 'join'; readonly order: Order }
  | { readonly kind: 'explain'; readonly instance: string; readonly type: string }
  | { readonly kind: 'linked'; readonly instance: string; readonly wire: WireName }
  | { readonly kind: 'kill-wire' | 'mend-wire'; readonly wire: WireName }
  | { readonly kind: 'stop'; readonly instance: string }

/** An answer of such a process, one to each command and in their order. Reports go another way. */
export type Answer =
  | { readonly kind: 'joined'; readonly instance: string }
  | { readonly kind: 'explained'; readonly text: string }
  | { readonly kind: 'counted'; readonly count: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped'; readonly report: StopReport }
  | { readonly kind: 'failed'; readonly error: Failure }

/** An error as it crosses from one process to the other. */
export interface Failure {
  readonly code?: string | undefined
  readonly message: string
  /** A coded error of the library. */
  readonly coded: boolean
  /** An error of the operating system. */
  readonly syscall?: string | undefined
}

/** The descriptor over which members report: a pipe that takes a line before the write returns. */
export const reportFd = 3

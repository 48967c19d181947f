import type { StopReport } from '@sm/core'
import type { Order } from '../member.ts'

/** A message of the process of the fleet to that of a member. */
export type Command =
  | { readonly kind: 'join'; readonly order: Order }
  | { readonly kind: 'explain'; readonly type: string }
  | { readonly kind: 'stop' }

/** An answer of a member, one to each command and in their order. Reports go another way. */
export type Answer =
  | { readonly kind: 'joined'; readonly instance: string }
  | { readonly kind: 'explained'; readonly text: string }
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

/** The descriptor over which a member reports: a pipe that takes a line before the write returns. */
export const reportFd = 3

import { transportError } from '../errors/index.ts'

/** How large a frame from outside may be. */
export interface SizeLimit {
  /** In bytes. Default: no limit, for callers whose wire has one. */
  readonly maxBytes?: number | undefined
}

/** Throws `SM_FRAME_TOO_LARGE` when `bytes` are above the limit. */
export function checkSize(bytes: number, limit: SizeLimit | undefined): void {
  if (limit?.maxBytes !== undefined && bytes > limit.maxBytes) {
    throw transportError('SM_FRAME_TOO_LARGE', `A frame has ${bytes} bytes, and ${limit.maxBytes} are accepted`)
  }
}

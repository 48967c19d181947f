import { frameBytes, maxEncodedHeaderBytes } from '../codec/index.ts'
import { transportError } from '../errors/index.ts'
import type { Frame } from '../message/index.ts'

/** Throws `SM_FRAME_TOO_LARGE` for a frame whose compact form has more than `maxFrameBytes`. */
export function requireFrameFits(transport: string, frame: Frame, maxFrameBytes: number): void {
  // The exact size takes a walk through the header, which few frames come near enough to need.
  if (frame.body.bytes().length + maxEncodedHeaderBytes <= maxFrameBytes) return
  const bytes = frameBytes(frame)
  if (bytes <= maxFrameBytes) return
  const what = `A frame of ${frame.header.type} has ${bytes} bytes, and "${transport}" carries ${maxFrameBytes}`
  throw transportError('SM_FRAME_TOO_LARGE', what, { details: { transport, bytes, maxFrameBytes, outcome: 'failed' } })
}

import { requireCompression, zstdDecompressed } from '../files/compression.ts'
import { zstdFrameEnd } from '../files/zstd-frame.ts'

/** Largest compressed frame that is read, in bytes. One that an archive writes holds a mebibyte of lines, or one line. */
const maxFrameBytes = 33_554_432

/** A part of a compressed file that is no whole frame. */
export interface BrokenFrame {
  /** Where it begins in the file, in bytes. */
  readonly at: number
  /** The file ends within it. */
  readonly isTorn: boolean
  readonly cause?: unknown
}

/**
 * What the frames of a zstd file hold, each checked as a whole. Of a frame whose checksum is wrong the fault stands in its place; after
 * what is no frame nothing more can be found.
 */
export async function* readFrames(
  chunks: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<Buffer | BrokenFrame> {
  requireCompression('zstd')
  let held: Buffer = Buffer.alloc(0)
  let at = 0
  for await (const chunk of chunks) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    for (;;) {
      let end: number | undefined
      try {
        end = zstdFrameEnd(held)
        if (end === undefined && held.length > maxFrameBytes) throw new RangeError('A zstd frame is too large to read')
      } catch (cause) {
        yield { at, isTorn: false, cause }
        return
      }
      if (end === undefined) break
      yield await zstdDecompressed(held.subarray(0, end), maxBytes).catch(
        (cause): BrokenFrame => ({ at, isTorn: false, cause }),
      )
      held = held.subarray(end)
      at += end
    }
  }
  if (held.length > 0) yield { at, isTorn: true }
}

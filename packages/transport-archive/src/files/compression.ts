import * as zlib from 'node:zlib'
import { archiveError } from '../errors.ts'

/** How files are compressed. */
export type Compression = 'none' | 'zstd'

/** The part of node:zlib that versions of Node.js before 22.15 lack. */
export type ZstdFunctions = Partial<Pick<typeof zlib, 'zstdCompress' | 'zstdDecompress'>>

/** Throws `SM_ARCHIVE_COMPRESSION` where this Node.js cannot compress in that way. */
export function requireCompression(compress: Compression, found: ZstdFunctions = zlib): void {
  if (compress === 'none' || (found.zstdCompress && found.zstdDecompress)) return
  throw archiveError('SM_ARCHIVE_COMPRESSION', `Node.js ${process.versions.node} cannot compress with zstd`)
}

/** Lines as one frame, with a checksum. Frames that follow each other are one file to every reader of zstd. */
export function zstdCompressed(lines: Uint8Array): Promise<Buffer> {
  const params = { [zlib.constants.ZSTD_c_checksumFlag]: 1 }
  return new Promise((resolve, reject) => {
    zlib.zstdCompress(lines, { params }, (error, packed) => (error ? reject(error) : resolve(packed)))
  })
}

/** What one whole frame holds. Rejects where its checksum is wrong or it holds more than `maxBytes`. */
export function zstdDecompressed(frame: Uint8Array, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    zlib.zstdDecompress(frame, { maxOutputLength: maxBytes }, (error, lines) =>
      error ? reject(error) : resolve(lines),
    )
  })
}

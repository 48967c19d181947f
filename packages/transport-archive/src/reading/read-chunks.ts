import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** Bytes that are read at once. */
const chunkBytes = 262_144

/** The bytes of a file, in pieces of their own. Rejects with what the system says, and never follows a link. */
export async function* readChunks(path: string, signal: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

import { statfs } from 'node:fs/promises'
import { parse } from 'node:path'
import type { Metrics } from '../messages.ts'

/** Reads how full the file system of the working directory's root is. */
export function createDiskReader(path = parse(process.cwd()).root): () => Promise<Metrics> {
  return async () => {
    const { bsize, blocks, bfree, bavail } = await statfs(path)
    return {
      // Some blocks are kept for the administrator: as df does, they count as neither used nor free.
      used: blocks === 0 ? 0 : (blocks - bfree) / (blocks - bfree + bavail),
      totalBytes: blocks * bsize,
      freeBytes: bavail * bsize,
    }
  }
}

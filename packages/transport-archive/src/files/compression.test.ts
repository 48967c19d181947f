import { describe, expect, it } from 'vitest'
import { requireCompression, zstdCompressed, zstdDecompressed } from './compression.ts'

describe('zstd', () => {
  it('is refused where Node.js lacks it, and nothing else is', () => {
    expect(() => requireCompression('zstd', {})).toThrow(
      expect.objectContaining({
        code: 'SM_ARCHIVE_COMPRESSION',
        message: expect.stringContaining('Run Node.js 22.15 or later'),
      }),
    )
    requireCompression('none', {})
    requireCompression('zstd')
  })

  it('gives back what it took, up to a size', async () => {
    const lines = Buffer.from('{"n":1}\n'.repeat(1_000))
    const frame = await zstdCompressed(lines)
    expect(frame.length).toBeLessThan(lines.length / 10)
    expect(Buffer.compare(await zstdDecompressed(frame, lines.length), lines)).toBe(0)
    await expect(zstdDecompressed(frame, 1_000)).rejects.toThrow()
  })

  it('notices a byte that has changed', async () => {
    const frame = await zstdCompressed(Buffer.from('{"n":1}\n'))
    const at = frame.length - 6
    frame[at] = (frame[at] as number) ^ 1
    await expect(zstdDecompressed(frame, 1_000)).rejects.toThrow()
  })
})

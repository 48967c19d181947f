const magic = 0xfd2f_b528
const skippableMagic = 0x184d_2a50

/** Bytes of the content size in a frame's header, by the two bits that tell it. */
const sizeBytes = [0, 2, 4, 8] as const
const dictionaryBytes = [0, 1, 2, 4] as const

/** Block types whose content is one byte, however long it is when it is written out, or that nobody uses. */
const runOfBytes = 1
const reserved = 3

/** The length of a frame's header, or undefined while it is not all there. */
function headerLength(bytes: Buffer): { readonly length: number; readonly hasChecksum: boolean } | undefined {
  const descriptor = bytes[4]
  if (descriptor === undefined) return undefined
  const isSingleSegment = (descriptor & 0x20) !== 0
  const size = sizeBytes[(descriptor >> 6) as 0 | 1 | 2 | 3] || Number(isSingleSegment)
  const dictionary = dictionaryBytes[(descriptor & 3) as 0 | 1 | 2 | 3]
  const length = 5 + Number(!isSingleSegment) + dictionary + size
  return { length, hasChecksum: (descriptor & 4) !== 0 }
}

/**
 * Where the zstd frame ends that `bytes` begin with (RFC 8878); undefined while it is not all there. Throws a RangeError for what is
 * no frame.
 *
 * The decompressor of Node.js cannot be asked: it stops at the end of the first frame of what it is given and drops the rest, and in
 * many versions it takes a frame that was cut off for a whole one.
 */
export function zstdFrameEnd(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined
  const found = bytes.readUInt32LE(0)
  if ((found & 0xffff_fff0) === skippableMagic) {
    const end = bytes.length < 8 ? Number.POSITIVE_INFINITY : 8 + bytes.readUInt32LE(4)
    return end <= bytes.length ? end : undefined
  }
  if (found !== magic) throw new RangeError('There is no zstd frame')
  const header = headerLength(bytes)
  if (!header) return undefined
  for (let at = header.length; at + 3 <= bytes.length; ) {
    const block = bytes.readUIntLE(at, 3)
    const type = (block >> 1) & 3
    if (type === reserved) throw new RangeError('A block of the zstd frame is of a type that there is not')
    at += 3 + (type === runOfBytes ? 1 : block >> 3)
    if ((block & 1) === 0) continue
    const end = at + (header.hasChecksum ? 4 : 0)
    return end <= bytes.length ? end : undefined
  }
  return undefined
}

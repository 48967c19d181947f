/** Writes a text of up to 255 bytes, its length ahead of it. */
export function writeShort(chunk: Buffer, text: string, at: number): number {
  const length = chunk.write(text, at + 1)
  if (length > 255) throw new RangeError('A name is longer than AMQP allows')
  chunk[at] = length
  return at + 1 + length
}

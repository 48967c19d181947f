import type { Frame, Json } from '@sm/core/transport'

/** What agents say of their presence, as far as it has to be known here. */
export interface Word {
  readonly is: string
  readonly seq: number
  readonly ttlMs: number
  readonly want?: boolean
  readonly ask?: { readonly nonce: string; readonly tries: number; readonly digest: number }
}

/** The word of a frame. */
export function wordOf({ body }: Frame): Word {
  return body.value() as unknown as Word
}

/** The same frame with another word, under another id. */
export function withWord({ header }: Frame, id: string, word: Word): Frame {
  const bytes = Buffer.from(JSON.stringify(word))
  const value = () => word as unknown as Json
  return { header: { ...header, id }, body: { contentType: 'application/json', value, bytes: () => bytes } }
}

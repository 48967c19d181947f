import { defineMessage, unchecked } from '@sm/core'

/** A question. */
export const Ask = defineMessage('promise.ask', { schema: unchecked<number>(), reply: unchecked<number>() })

/** Something that keeps its meaning for a while. */
export const News = defineMessage('promise.news', { schema: unchecked<number>(), ttlMs: 20_000 })

/** Work that ends its process, is given up, or is done. */
export const Deadly = defineMessage('promise.deadly', { schema: unchecked<'kill' | 'reject' | 'live'>() })

/** What a reply consists of: texts are bytes. */
export type Reply = Buffer | number | null | readonly Reply[]

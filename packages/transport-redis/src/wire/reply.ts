/** The parts of a reply: texts are bytes. */
export type Reply = Buffer | number | null | readonly Reply[]

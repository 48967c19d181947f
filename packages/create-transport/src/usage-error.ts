/** What was asked for makes no sense; the text says why. The program ends with 2. */
export class UsageError extends Error {}

/** What was asked for cannot be done here; the text says why. The program ends with 1, and nothing was written. */
export class RefusedError extends Error {}

/** The request makes no sense; the text says why. The program ends with 2. */
export class UsageError extends Error {}

/** The request cannot be met here; the text says why. The program ends with 1, and nothing was written. */
export class RefusedError extends Error {}

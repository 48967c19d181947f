/** The message of every benchmark: a number to count by, a time, and a text that makes up the size. */
export interface Sample {
  readonly seq: number
  readonly ts: number
  readonly body: string
}

/** The sizes of body that are measured within a process, by the names that reports show. */
export const bodySizes = { '128 B': 128, '1 KiB': 1_024, '16 KiB': 16_384 } as const

/** Between processes also the size at which copying is all that counts. */
export const bodySizesBetweenProcesses = { ...bodySizes, '1 MiB': 1_048_576 } as const

/** A text of `bytes` ASCII characters. */
export function bodyOf(bytes: number): string {
  return 'SmartMessage benchmark. '.repeat(Math.ceil(bytes / 24)).slice(0, bytes)
}

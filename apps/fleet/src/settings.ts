import type { Resource } from './messages.ts'

/** The facts that roles are told besides the wires that they use. Plain data, so that it can be handed to another process. */
export interface Settings {
  /** The resources that a probe reads. */
  readonly resources: readonly Resource[]
  readonly sampleEveryMs: number
  /** Samples that a probe sums up in one digest. */
  readonly samplesPerDigest: number
  /** How often the visitor asks the desk. */
  readonly askEveryMs: number
  /** The file that the scribe writes. */
  readonly archive: string
}

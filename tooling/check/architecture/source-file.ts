/** A file to check. */
export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string
  readonly text: string
}

/** A line that breaks a rule. */
export interface Violation {
  readonly path: string
  readonly line: number
  /** The fault and the rule, in a sentence. */
  readonly message: string
}

/** Tests may look behind every wall. */
export function isTest(path: string): boolean {
  return /\.test\.ts$|\.test-d\.ts$|\/test\//.test(path)
}

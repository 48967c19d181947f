/** The file that `pnpm failover --json FILE` writes. */
export interface KeptFile<Result> {
  /** Where and when it was measured. */
  readonly conditions: { readonly date: string; readonly node: string; readonly processor: string }
  readonly results: readonly Result[]
}

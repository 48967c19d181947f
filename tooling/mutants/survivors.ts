/** Mutants that nothing notices, and why that is as it should be. By `file: name`. */
export const survivorReasons: Readonly<Record<string, string>> = {}

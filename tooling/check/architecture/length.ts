import type { SourceFile, Violation } from './source-file.ts'

/** Most lines of a file in a package. Past it there are usually two ideas. */
const maxLines = 300

/** No source of a package is longer than that. */
export function checkLength({ path, text }: SourceFile): readonly Violation[] {
  if (!/^packages\/[^/]+\/src\//.test(path)) return []
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  return lines > maxLines
    ? [{ path, line: lines, message: `has ${lines} lines, and ${maxLines} are the most: split it` }]
    : []
}

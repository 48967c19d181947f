/** Rows under a heading, in columns: words to the left, figures to the right. */
export function toColumns(heading: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): string[] {
  const lines = [heading, ...rows.map(row => row.map(String))]
  const widths = heading.map((_, column) => Math.max(...lines.map(line => line[column]?.length ?? 0)))
  const isFigure = heading.map((_, column) => rows.length > 0 && rows.every(row => typeof row[column] === 'number'))
  return lines.map(line =>
    widths
      .map((width, column) =>
        isFigure[column] ? (line[column] ?? '').padStart(width) : (line[column] ?? '').padEnd(width),
      )
      .join('  ')
      .trimEnd(),
  )
}

/** A column of what is printed: its head, and its width in characters. */
export type Column = readonly [head: string, width: number]

export function toRow(columns: readonly Column[], cells: readonly (string | number)[]): string {
  return cells
    .map((cell, i) => String(cell).padEnd(columns[i]?.[1] ?? 0))
    .join(' ')
    .trimEnd()
}

export function toHead(columns: readonly Column[]): string {
  return toRow(
    columns,
    columns.map(([head]) => head),
  )
}

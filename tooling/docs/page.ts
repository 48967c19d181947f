/** A page of the documentation that is made from the sources. */
export interface Page {
  /** From the root of the repository. */
  readonly path: string
  readonly text: string
}

export const notice = '<!-- Generated from the sources by "pnpm run docs". Changes made here are lost. -->'

/** A page with its title and the notice that it is generated. */
export function page(path: string, title: string, ...parts: readonly string[]): Page {
  return { path, text: `${[notice, `# ${title}`, ...parts].map(part => part.trim()).join('\n\n')}\n` }
}

/** Text that stands within a cell of a table. */
function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
}

/** A table. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`
  return [line(heads), `|${heads.map(() => ' --- ').join('|')}|`, ...rows.map(line)].join('\n')
}

/** Code within text. */
export function code(text: string): string {
  return `\`${text}\``
}

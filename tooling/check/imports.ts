import ts from 'typescript'

/** An import, export-from or `import()` with a fixed text, wherever in a file it stands. */
export interface ImportStatement {
  readonly specifier: string
  readonly line: number
}

/** Everything that a TypeScript source imports, types included. */
export function importsOf(text: string): readonly ImportStatement[] {
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName, pos }) => ({ specifier: fileName, line: lineAt(text, pos) }))
}

/** An identifier or the text of a string, with its line. Comments are none of them. */
export interface Word {
  readonly text: string
  readonly kind: 'identifier' | 'string'
  readonly line: number
}

/** The identifiers and strings of a TypeScript source. */
export function wordsOf(text: string): readonly Word[] {
  const words: Word[] = []
  const visit = (node: ts.Node) => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) {
      words.push({ text: node.text, kind: 'identifier', line: lineAt(text, node.getStart(source)) })
    } else if (ts.isStringLiteralLike(node) || isTemplatePart(node)) {
      words.push({ text: node.text, kind: 'string', line: lineAt(text, node.getStart(source)) })
    }
    ts.forEachChild(node, visit)
  }
  const source = ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true)
  visit(source)
  return words
}

function isTemplatePart(node: ts.Node): node is ts.TemplateHead | ts.TemplateMiddle | ts.TemplateTail {
  return ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)
}

function lineAt(text: string, position: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < position; at = text.indexOf('\n', at + 1)) line += 1
  return line
}

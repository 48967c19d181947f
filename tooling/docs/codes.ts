import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTest, type SourceFile } from '../check/architecture/source-file.ts'
import { sourceFiles } from '../check/architecture.ts'
import { wordsOf } from '../check/imports.ts'
import { root } from '../workspace/root.ts'

/** An error code where it stands. */
export interface CodeUse {
  readonly code: string
  readonly path: string
}

const isCode = (text: string) => /^SM_[A-Z0-9]+(?:_[A-Z0-9]+)+$/.test(text)

/** Error codes as strings in code. Names of environment variables are no strings, but properties. */
export function codesInCode(files: readonly SourceFile[] = sourceFiles()): readonly CodeUse[] {
  return files
    .filter(({ path }) => !isTest(path))
    .flatMap(({ path, text }) => codesUsed(text).map(code => ({ code, path })))
}

/** A catalogue may speak of codes in its texts; there, only what makes an error uses one. */
function codesUsed(text: string): readonly string[] {
  if (/atalogue\b[^\n]*=\s*\{/.test(text)) {
    return [...text.matchAll(/\w\(\s*'(SM_[A-Z0-9_]+)'/g)].map(([, code = '']) => code)
  }
  return wordsOf(text).flatMap(word => (word.kind === 'string' && isCode(word.text) ? [word.text] : []))
}

/** Words that look like codes anywhere in a text, comments included. */
export function codesInText({ path, text }: SourceFile): readonly CodeUse[] {
  return [...new Set(text.match(/\bSM_[A-Z0-9]+(?:_[A-Z0-9]+)*\b/g))].map(code => ({ code, path }))
}

/** The papers of the repository: those at its root, in `docs/`, and beside the packages. */
export function papers(): readonly SourceFile[] {
  return globSync(['*.md', 'docs/**/*.md', 'packages/*/*.md', 'apps/*/*.md', '.changeset/*.md'], { cwd: root })
    .map(path => path.replaceAll('\\', '/'))
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

import { isTest, type SourceFile, type Violation } from './source-file.ts'

/** An idea with the words that stand for it, and those that must not. `…` in a word stands for any letters. */
export interface Term {
  readonly idea: string
  readonly words: readonly string[]
  readonly not: readonly string[]
  /** Its line in the table. */
  readonly line: number
}

/** Where the table is. */
export const glossaryPage = 'docs/architecture.md'

const quoted = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string)

/** The table of words in the page on the architecture. */
export function readGlossary(page: string): readonly Term[] {
  const lines = page.split('\n')
  const begin = lines.findIndex(line => line.startsWith('| idea | word | not |'))
  const end = lines.findIndex((line, i) => i > begin && !line.startsWith('|'))
  if (begin < 0) throw new Error(`${glossaryPage} has no table of words: | idea | word | not |`)
  return lines.slice(begin + 2, end < 0 ? lines.length : end).map((line, i) => {
    const [, idea = '', words, not] = line.split('|').map(cell => cell.trim())
    return { idea, words: quoted(words), not: quoted(not), line: begin + 3 + i }
  })
}

const declaration = /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type) (\w+)/gm

interface Declared {
  readonly name: string
  readonly path: string
  readonly line: number
}

function declaredIn({ path, text }: SourceFile): readonly Declared[] {
  return [...text.matchAll(declaration)].map(found => ({
    name: found[1] as string,
    path,
    line: text.slice(0, found.index).split('\n').length,
  }))
}

/** `at-most-once-publisher` of `AtMostOncePublisher`. */
const kebab = (name: string) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()

const matches = (name: string, word: string) =>
  word.includes('…') ? new RegExp(`^${word.replace('…', '.+')}$`).test(name) : name === word

const packageOf = (path: string) => path.split('/', 2).join('/')

/** A name that a term refuses, of a type or of a file. */
function refused({ idea, words, not }: Term, names: readonly Declared[], files: readonly SourceFile[]): Violation[] {
  const advice = `the word for "${idea}" is ${words.join(', ')}`
  const byType = names.filter(({ name }) => not.some(word => matches(name, word)))
  const byFile = files.filter(({ path }) => {
    const file = path.slice(path.lastIndexOf('/') + 1).replace(/\.ts$/, '')
    return not.some(word => matches(file, kebab(word)))
  })
  return [
    ...byType.map(({ name, path, line }) => ({ path, line, message: `declares ${name}: ${advice}` })),
    ...byFile.map(({ path }) => ({ path, line: 1, message: `has a name of another word: ${advice}` })),
  ]
}

/** A word means one thing in each package, and the table has no word that nothing is called. */
function ambiguous({ words, line }: Term, names: readonly Declared[]): Violation[] {
  return words.flatMap(word => {
    const found = names.filter(({ name }) => matches(name, word))
    if (found.length === 0) return [{ path: glossaryPage, line, message: `names ${word}, and nothing is called that` }]
    if (word.includes('…')) return []
    const again = found.filter(({ path }, i) => found.findIndex(other => packageOf(other.path) === packageOf(path)) < i)
    return again.map(({ path, line: at }) => ({
      path,
      line: at,
      message: `declares ${word}, which this package has already`,
    }))
  })
}

/** The dependencies of a part stand below the part. */
function depsAbove(file: SourceFile): Violation[] {
  const names = declaredIn(file)
  return names.flatMap(({ name, path, line }, i) => {
    const part = name.endsWith('Deps') && names.slice(i).some(({ name: later }) => `${later}Deps` === name)
    return part
      ? [{ path, line, message: `declares ${name} above what is made with it: what a part is for comes first` }]
      : []
  })
}

/** Holds the words of the table: one word for each idea, and no other for it. */
export function checkGlossary(files: readonly SourceFile[], terms: readonly Term[]): readonly Violation[] {
  const sources = files.filter(({ path }) => !isTest(path))
  const names = sources.flatMap(declaredIn)
  return [
    ...terms.flatMap(term => [...refused(term, names, sources), ...ambiguous(term, names)]),
    ...sources.flatMap(depsAbove),
  ]
}

import { join } from 'node:path'
import ts from 'typescript'
import { root } from '../workspace/root.ts'
import type { Snippet } from './snippets.ts'

/** The errors of the compiler in snippets, as modules in the root of the repository: `README.md:14 …`. */
export function typeFaults(snippets: readonly Snippet[]): readonly string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root)
  const files = new Map(snippets.map((snippet, i) => [join(root, `snippet-${i}.ts`), snippet]))
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile } = host
  host.fileExists = path => files.has(path) || fileExists(path)
  // A snippet without imports is a module all the same.
  host.readFile = path => {
    const snippet = files.get(path)
    return snippet ? `${snippet.code}\nexport {}\n` : readFile(path)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return [...files].flatMap(([path, { place }]) => {
    const source = program.getSourceFile(path)
    return ts.getPreEmitDiagnostics(program, source).map(({ messageText, start = 0 }) => {
      const [paper = '', first = '1'] = place.split(':')
      const line = Number(first) + 1 + (source?.getLineAndCharacterOfPosition(start).line ?? 0)
      return `${paper}:${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
  })
}

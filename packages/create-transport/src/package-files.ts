import type { Answers } from './answers.ts'
import { toManifest } from './manifest.ts'
import { type Files, readTemplate } from './template.ts'

/** How a package of the repository is built: as all of them are. */
const buildInRepo = `import { build } from '../../tooling/build/tsup.ts'

export default build({ index: 'src/index.ts' })
`

/** The text of the first changeset, for users. */
export function toChangeset({ names }: Answers): string {
  return `---
'${names.packageName}': minor
---

A transport for SmartMessage: import \`${names.packageName}\` and name \`${names.kebab}\` among the transports of an agent.
`
}

/** The files of a new package. */
export function toPackageFiles(answers: Answers, year: number): Files {
  const { names, kind, repository, author, license } = answers
  const files = new Map(readTemplate(kind, names))
  files.set('package.json', toManifest(answers))
  if (repository !== undefined) {
    files.set('tsup.config.ts', buildInRepo)
    return files
  }
  for (const [path, text] of readTemplate('standalone', names)) files.set(path, text)
  files.set('.changeset/first-release.md', toChangeset(answers))
  const text = files.get('LICENSE') ?? ''
  if (license === 'MIT')
    files.set(
      'LICENSE',
      text.replace('YEAR', String(year)).replace('HOLDER', () => author || 'The authors'),
    )
  // Another licence has another text, which is its author's to bring.
  else files.delete('LICENSE')
  return files
}

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { Application, DeclarationReflection, LogLevel, type ProjectReflection, ReflectionKind } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { publicPackages, sourceOf } from '../workspace/packages.ts'
import { root } from '../workspace/root.ts'
import { notice, type Page } from './page.ts'

/** An entry of a package: what users write after `from`, and the source behind it. */
interface Entry {
  readonly specifier: string
  readonly packageName: string
  /** The source behind it, and its path in the package. */
  readonly source: string
  readonly path: string
}

/** Where the pages stand. */
export const apiDirectory = 'docs/reference/api'

/** The entries of all public packages that hold code. */
export function apiEntries(): readonly Entry[] {
  return publicPackages().flatMap(each =>
    Object.keys(each.manifest.exports ?? {}).flatMap(entry => {
      const source = sourceOf(each, entry)
      if (source === undefined) return []
      const path = relative(each.directory, source).replaceAll('\\', '/')
      return [{ specifier: each.manifest.name + entry.slice(1), packageName: each.manifest.name, source, path }]
    }),
  )
}

/** Entries are called what users import them as, and not what their sources are called. */
function nameModules(project: ProjectReflection, entries: readonly Entry[]): void {
  for (const module of project.getChildrenByKind(ReflectionKind.Module)) {
    const { packageName, packagePath } = project.getSymbolIdFromReflection(module) ?? {}
    const entry = entries.find(each => each.packageName === packageName && each.path === packagePath)
    if (entry) module.name = entry.specifier
  }
}

/** Exports that say nothing of themselves: each must have a TSDoc. */
export function undocumented(project: ProjectReflection): readonly string[] {
  const kinds =
    ReflectionKind.Class |
    ReflectionKind.Function |
    ReflectionKind.Interface |
    ReflectionKind.TypeAlias |
    ReflectionKind.Variable
  return project
    .getReflectionsByKind(kinds)
    .filter((each): each is DeclarationReflection => each instanceof DeclarationReflection)
    .filter(each => each.parent?.kindOf(ReflectionKind.Module | ReflectionKind.Project))
    .filter(each => !each.hasComment() && !each.signatures?.some(signature => signature.hasComment()))
    .map(each => each.getFullName())
}

const options: Partial<PluginOptions> = {
  outputFileStrategy: 'modules',
  entryFileName: 'README',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
}

/** The output of TypeDoc for these entries: the project, and a function that writes it as Markdown. */
export async function convert(entries: readonly Entry[], directory: string) {
  const tsconfig = join(directory, 'tsconfig.json')
  const files = entries.map(({ source }) => source)
  await writeFile(tsconfig, JSON.stringify({ extends: join(root, 'tsconfig.json'), include: [], files }))
  const app = await Application.bootstrapWithPlugins({
    ...{ name: 'API', readme: 'none', basePath: root, tsconfig, entryPoints: files },
    ...{ skipErrorChecking: true, excludePrivate: true, excludeInternal: true, excludeExternals: true },
    // A page that told the lines of its sources would be stale after every change of them.
    disableSources: true,
    ...{ plugin: ['typedoc-plugin-markdown'], logLevel: LogLevel.Error, ...options },
  })
  const project = await app.convert()
  if (!project) throw new Error('TypeDoc could not read the sources')
  nameModules(project, entries)
  return { project, write: (path: string) => app.outputs.writeOutput({ name: 'markdown', path }, project) }
}

/** The reference of everything that is exported, a page per entry. Throws when an export is not documented. */
export async function apiPages(): Promise<readonly Page[]> {
  const directory = await mkdtemp(join(tmpdir(), 'sm-api-'))
  try {
    const { project, write } = await convert(apiEntries(), directory)
    const silent = undocumented(project)
    if (silent.length > 0) throw new Error(`These exports have no TSDoc: ${silent.join(', ')}`)
    const out = join(directory, 'out')
    await write(out)
    const names = (await readdir(out, { recursive: true })).filter(name => name.endsWith('.md')).sort()
    return Promise.all(
      names.map(async name => ({
        path: `${apiDirectory}/${name.replaceAll('\\', '/')}`,
        text: `${notice}\n\n${(await readFile(join(out, name), 'utf8')).trim()}\n`,
      })),
    )
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

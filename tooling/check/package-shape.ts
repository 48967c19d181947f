import { globSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { publicPackages, type WorkspacePackage } from '../workspace/packages.ts'
import { run } from '../workspace/run.ts'
import { publishedFaults } from './published-files.ts'
import type { StepResult } from './steps.ts'

/**
 * The packages are ESM for Node 22 and later, which `require()` loads too: of the ways in which attw resolves a package,
 * those of Node 10 and of CommonJS before that are left out, and nothing else is.
 */
const profile = ['--profile', 'esm-only']

/** The files below a directory, with slashes. */
function filesIn(directory: string): readonly string[] {
  return globSync('**', { cwd: directory, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}

async function faultOf({ directory, manifest }: WorkspacePackage, tarballs: string): Promise<string | undefined> {
  const destination = await mkdtemp(join(tarballs, 'package-'))
  const packed = await run('pnpm', ['pack', '--pack-destination', destination], { cwd: directory })
  if (packed.code !== 0) return `${manifest.name} cannot be packed:\n${packed.output}`
  const tarball = join(destination, (await readdir(destination))[0] ?? '')
  await run('tar', ['-xzf', tarball, '-C', destination])
  const shape = publishedFaults({
    manifest: JSON.parse(readFileSync(join(destination, 'package/package.json'), 'utf8')),
    files: filesIn(join(destination, 'package')),
    read: path => readFileSync(join(destination, 'package', path), 'utf8'),
  })
  const publint = await run('publint', ['run', tarball, '--strict'])
  const attw = await run('attw', [tarball, ...profile, '--format', 'ascii', '--no-color', '--no-emoji'])
  const reports = [publint, attw].filter(({ code }) => code !== 0).map(({ output }) => output)
  const faults = [...shape.map(fault => `It ${fault}.`), ...reports]
  return faults.length === 0 ? undefined : `${manifest.name} as it would be published:\n${faults.join('\n')}`
}

/** Packs every public package as it would be published, and looks at what is in it, as publint and arethetypeswrong do. */
export async function checkPackageShape(): Promise<StepResult> {
  const tarballs = await mkdtemp(join(tmpdir(), 'sm-shape-'))
  try {
    const faults: string[] = []
    const packages = publicPackages()
    for (const each of packages) {
      const fault = await faultOf(each, tarballs)
      if (fault !== undefined) faults.push(fault)
    }
    return { ok: faults.length === 0, output: faults.join('\n'), note: `${packages.length} packages` }
  } finally {
    await rm(tarballs, { recursive: true, force: true })
  }
}

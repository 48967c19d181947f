import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../workspace/run.ts'
import type { Tarball } from './registry.ts'

/** The facts of another version of a package. */
export interface OtherVersion {
  readonly version: string
  /** The contract that it has (core) or was built for (a transport). */
  readonly contract?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** Where built code states the contract: core its own, a transport the one that it was built for. */
const statement = /\b(contractVersion = |contract: )"\d+\.\d+"/g

/** Packs another version of a packed package: the same code, built for another contract. */
export async function otherVersionOf(
  { manifest, file }: Tarball,
  { contract, ...other }: OtherVersion,
  directory: string,
): Promise<Tarball> {
  const name = `${manifest.name.replace(/\W+/g, '-').slice(1)}-${other.version}`
  const place = join(directory, name)
  await mkdir(place, { recursive: true })
  await run('tar', ['-xzf', file, '-C', place])
  const dist = join(place, 'package/dist')
  let statements = 0
  for (const each of (await readdir(dist)).filter(path => path.endsWith('.js'))) {
    const text = await readFile(join(dist, each), 'utf8')
    const changed = text.replace(statement, (_all, before: string) => {
      statements += 1
      return `${before}"${contract}"`
    })
    if (contract !== undefined && changed !== text) await writeFile(join(dist, each), changed)
  }
  if (contract !== undefined && statements === 0) throw new Error(`${manifest.name} states no contract`)
  const made = { ...manifest, ...other }
  await writeFile(join(place, 'package/package.json'), JSON.stringify(made))
  const packed = join(directory, `${name}.tgz`)
  const { code, output } = await run('tar', ['-czf', packed, '-C', place, 'package'])
  if (code !== 0) throw new Error(output)
  return { manifest: made, file: packed }
}

import { readConfig } from '@changesets/config'
import { readChangesets } from '@changesets/read'
import { publicPackages, type WorkspacePackage } from '../workspace/packages.ts'
import { root } from '../workspace/root.ts'
import type { StepResult } from './steps.ts'

/** A changeset, as far as it is checked. */
export interface ChangesetFacts {
  readonly id: string
  readonly summary: string
  readonly releases: ReadonlyArray<{ readonly name: string }>
}

/** The version of a package that was never published. */
const unpublished = '0.0.0'

/** The faults of the changesets, each in a sentence. */
export function changesetFaults(
  changesets: readonly ChangesetFacts[],
  packages: readonly Pick<WorkspacePackage, 'manifest'>[],
): readonly string[] {
  const names = new Set(packages.map(({ manifest }) => manifest.name))
  const faults: string[] = []
  for (const { id, summary, releases } of changesets) {
    if (summary.trim() === '') faults.push(`.changeset/${id}.md tells users nothing`)
    for (const { name } of releases) {
      if (!names.has(name))
        faults.push(`.changeset/${id}.md names ${name}, which is no public package of the workspace`)
    }
  }
  const announced = new Set(changesets.flatMap(({ releases }) => releases.map(({ name }) => name)))
  for (const { manifest } of packages) {
    if (manifest.version === unpublished && !announced.has(manifest.name)) {
      faults.push(`${manifest.name} was never released, and no changeset says what users get: run "pnpm changeset"`)
    }
  }
  return faults
}

/** Checks the configuration of changesets and those that wait. */
export async function checkChangesets(): Promise<StepResult> {
  const { errors = [], warnings, config } = await readConfig(root)
  const changesets = await readChangesets(root)
  const faults = [...errors, ...warnings, ...changesetFaults(changesets, publicPackages())]
  const { onlyUpdatePeerDependentsWhenOutOfRange } = config?.___experimentalUnsafeOptions_WILL_CHANGE_IN_PATCH ?? {}
  // Or else each minor of core, which is their peer, would be a major of every transport.
  if (!onlyUpdatePeerDependentsWhenOutOfRange)
    faults.push('.changeset/config.json raises peers that are still in range')
  return { ok: faults.length === 0, output: faults.join('\n'), note: `${changesets.length} waiting` }
}

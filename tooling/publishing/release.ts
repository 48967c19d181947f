/**
 * `pnpm release`: builds the packages and publishes those whose versions changesets have raised. In a workflow of GitHub they
 * are told first where they come from, which npm checks against their provenance; elsewhere there is none to sign it.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicPackages, type WorkspacePackage } from '../workspace/packages.ts'
import { run } from '../workspace/run.ts'
import { withRepository } from './repository.ts'

async function must(command: string, ...args: readonly string[]): Promise<void> {
  const { code, output } = await run(command, args)
  console.log(output.trimEnd())
  if (code !== 0) process.exit(code)
}

function tellRepository({ directory, path, manifest }: WorkspacePackage): void {
  const told = withRepository(manifest, path, process.env)
  if (told !== manifest) writeFileSync(join(directory, 'package.json'), `${JSON.stringify(told, undefined, 2)}\n`)
}

await must('turbo', 'run', 'build')
for (const each of publicPackages()) tellRepository(each)
await must('changeset', 'publish')

/**
 * `pnpm check`: everything that can be said about the repository without running its tests. With arguments, only the
 * steps that they name, and those that these come after.
 */
import { join } from 'node:path'
import { root } from '../workspace/root.ts'
import { type Ended, run } from '../workspace/run.ts'
import { checkRepository, formatViolation } from './architecture.ts'
import { checkChangesets } from './changesets.ts'
import { checkPackageShape } from './package-shape.ts'
import { checkSize } from './size.ts'
import { runSteps, type Step, type StepResult } from './steps.ts'

function toResult({ code, output }: Ended): StepResult {
  return { ok: code === 0, output }
}

function command(name: string, [file, ...args]: readonly [string, ...string[]], after?: readonly string[]): Step {
  return { name, ...(after && { after }), run: async () => toResult(await run(file, args)) }
}

function architecture(): StepResult {
  const { files, violations } = checkRepository()
  return { ok: violations.length === 0, output: violations.map(formatViolation).join('\n'), note: `${files} files` }
}

/** The slow ones come first, so that two at once end soonest. */
const steps: readonly Step[] = [
  command('build', ['turbo', 'run', 'build', '--output-logs=errors-only']),
  command('types', ['tsc', '--noEmit', '--project', root]),
  command('format', ['biome', 'format', '--reporter=summary', root]),
  command('lint', ['biome', 'check', '--formatter-enabled=false', '--error-on-warnings', root]),
  command('unused', ['knip', '--no-progress']),
  { name: 'architecture', run: architecture },
  command('docs', [process.execPath, '--conditions=@sm/source', join(root, 'tooling/docs/main.ts'), '--check']),
  { name: 'changesets', run: checkChangesets },
  command('built types', ['tsc', '--noEmit', '--project', join(root, 'tooling/check/built-types')], ['build']),
  { name: 'package shape', after: ['build'], run: checkPackageShape },
  { name: 'size', after: ['build'], run: checkSize },
]

function chosen(names: readonly string[]): readonly Step[] {
  if (names.length === 0) return steps
  const unknown = names.find(name => !steps.some(step => step.name === name))
  if (unknown !== undefined) {
    console.error(`There is no step "${unknown}". There are: ${steps.map(({ name }) => name).join(', ')}`)
    process.exit(2)
  }
  const wanted = new Set(names)
  for (const { name, after = [] } of steps.toReversed()) if (wanted.has(name)) for (const one of after) wanted.add(one)
  return steps.filter(({ name }) => wanted.has(name))
}

const passed = await runSteps(chosen(process.argv.slice(2)), {
  atOnce: 2,
  print: line => console.log(line),
  now: () => performance.now(),
})
process.exit(passed ? 0 : 1)

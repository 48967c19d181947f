/**
 * `pnpm conformance [--transport NAME]… [--processes] [--json FILE]`: runs the conformance suite on every transport of the
 * workspace and prints how each keeps each rule; with `--processes`, each peer has a process of its own, for transports
 * that reach others. Ends with 1 when a rule is broken, with 2 when it was asked for what there is not.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { runSuite, type SuiteReport, type TransportHarness } from '../../packages/transport-conformance/src/suite.ts'
import { chooseHarnesses, findHarnesses, toSuite } from './harnesses.ts'
import { formatReports, toJson } from './table.ts'

interface Wanted {
  readonly harnesses: readonly TransportHarness<unknown>[]
  readonly json: string | undefined
}

async function readArguments(): Promise<Wanted> {
  const { values } = parseArgs({
    options: {
      transport: { type: 'string', multiple: true },
      processes: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const chosen = chooseHarnesses(await findHarnesses(), values.transport ?? [])
  return { harnesses: chosen.map(found => toSuite(found, values.processes)), json: values.json }
}

async function wanted(): Promise<Wanted> {
  try {
    return await readArguments()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(2)
  }
}

const { harnesses, json } = await wanted()
const reports: SuiteReport[] = []
for (const harness of harnesses) {
  console.error(`Testing ${harness.name} …`)
  reports.push(await runSuite(harness))
}
console.log(formatReports(reports))
if (json !== undefined) writeFileSync(json, toJson(reports))
const broken = reports.some(({ rules }) => rules.some(({ result }) => result === 'fail'))
// A transport that is broken may have left something open.
process.exit(broken ? 1 : 0)

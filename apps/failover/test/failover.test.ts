import { expect, it } from 'vitest'
import { brokerAbsence } from '../../../tooling/brokers/index.ts'
import { type Cell, runCell } from '../src/cell.ts'

const absent = ['redis', 'nats'].some(name => brokerAbsence(name as 'redis') !== undefined)
const cell: Cell = { wires: ['redis', 'nats'], fault: 'kill', instances: 1, perSecond: 1_000, goneMs: 2_000 }

it
  .skipIf(absent)
  .each([
    { ...cell },
    { ...cell, instances: 3 },
    { ...cell, fault: 'freeze' as const, goneMs: 4_000 },
    { ...cell, wires: ['named-pipes', 'redis'] as const, fault: 'half-open' as const, goneMs: 4_000 },
  ])(
  '$wires.0, then $wires.1: $fault, $instances instances: the next wire takes over, nothing is lost or handled twice',
  { timeout: 120_000 },
  async each => {
    const verdict = await runCell(each)
    expect(verdict).toMatchObject({ lost: 0, twice: 0, failed: 0, unknown: 0 })
    const [, second] = each.wires
    // Most of what was published during the fault went the other way.
    expect(verdict.wires[second]).toBeGreaterThan((each.perSecond * each.goneMs) / 1_000 / 4)
  },
)

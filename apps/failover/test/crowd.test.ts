import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { describeWithBroker } from '../../../tooling/brokers/describe-with-broker.ts'
import { eventually } from '../../../tooling/test/eventually.ts'
import { Program } from '../../../tooling/test/program.ts'

const processes = 4
const isLong = process.env.SM_LONG === '1'
const idleMs = isLong ? 10_000 : 2_000

/**
 * As many agents of each process as two cores bear beside other tests; with `SM_LONG=1` as many as meet within half a minute. Over
 * named pipes each has a link to each, whose making costs some milliseconds of the processor; over Redis alone two hundred meet.
 */
const crowds = [
  { title: 'over named pipes and over Redis', wires: ['named-pipes', 'redis'], perProcess: isLong ? 25 : 5 },
  ...(isLong ? [{ title: 'over Redis', wires: ['redis'], perProcess: 50 }] : []),
]

describeWithBroker('redis', { persistent: false }, broker => {
  it.for(crowds)(
    'agents that come all at once know each other, $title',
    { timeout: 240_000 },
    async ({ wires, perProcess }, { annotate }) => {
      const everyone = processes * perProcess
      const base = mkdtempSync(join(tmpdir(), 'sm-crowd-'))
      const programs = Array.from({ length: processes }, (_, i) => {
        const agents = Array.from({ length: perProcess }, (_, n) => `agent-${i * perProcess + n}`)
        const config = { agents, everyone, wires, base, broker: broker().url }
        return new Program(new URL('crowd/agents.ts', import.meta.url), config)
      })
      try {
        await Promise.all(programs.map(program => program.heard('ready')))
        const started = await Promise.all(programs.map(program => program.ask('start', {}, 120_000)))
        const took = started.flatMap(({ tookMs }) => tookMs as readonly number[]).sort((a, b) => a - b)
        await eventually(
          'everyone is known over each wire',
          async () =>
            (await Promise.all(programs.map(program => program.ask('whole')))).every(({ isWhole }) => isWhole),
          120_000,
        )
        const idle = await Promise.all(programs.map(program => program.ask('idle', { forMs: idleMs })))
        const share = idle.reduce((sum, { cores }) => sum + (cores as number), 0) / everyone
        const counted = await Promise.all(programs.map(program => program.ask('count')))
        const counts = counted.flatMap(told => told.counts as readonly number[])
        expect(counts).toEqual(Array<number>(everyone).fill(everyone))
        const seconds = (rank: number) => `${((took[Math.ceil(rank * everyone) - 1] as number) / 1_000).toFixed(1)} s`
        await annotate(
          `directory complete: p50 ${seconds(0.5)}, max ${seconds(1)}; ${(share * 100).toFixed(2)} % of a core each`,
        )
        await Promise.all(programs.map(program => program.ask('stop', {}, 60_000)))
      } finally {
        await Promise.all(programs.map(program => program.kill()))
        rmSync(base, { recursive: true, force: true })
      }
    },
  )
})

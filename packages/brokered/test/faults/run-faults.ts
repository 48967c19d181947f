import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSeededRandom, fraction } from '@sm/core/transport'
import { Program } from '../../../../tooling/test/program.ts'
import { checkHistory, History, type Verdict } from './history.ts'

/** A way to hurt the broker, and to mend it again before it resolves. */
export interface Fault {
  readonly name: string
  hurt(): Promise<void>
}

/** The parameters of a fault run. */
export interface FaultPlan {
  /** URL of the module that registers the transport. */
  readonly module: URL
  readonly transport: string
  /** Its options, by which it reaches the broker: plain data. */
  readonly options: object
  /** Each is injected once, in an order and at moments that the seed decides. */
  readonly faults: readonly Fault[]
  readonly seed: number
  /** Default 20,000. */
  readonly messages?: number
  /** How long a dead connection may go unnoticed, in milliseconds. */
  readonly blindMs: number
  /** Why the broker itself has delivered a message twice, by its number, if somebody saw it do so. */
  explain?(number: number): string | undefined
}

export interface FaultReport extends Verdict {
  /** Faults in order, each with the number of publishes that had ended before it. */
  readonly story: readonly string[]
}

const members = 3
const atOnce = 64

const programs = (name: string) => new URL(`programs/${name}.ts`, import.meta.url)

/** Faults in an order of chance, each at a share of the run between a tenth and nine tenths. */
function schedule(faults: readonly Fault[], seed: number): ReadonlyArray<readonly [number, Fault]> {
  const random = createSeededRandom(seed)
  const shuffled = faults.map(fault => ({ fault, place: fraction(random) })).sort((a, b) => a.place - b.place)
  const shares = faults.map((_, i) => 0.1 + (0.8 * (i + 0.2 + 0.6 * fraction(random))) / faults.length)
  return shuffled.map(({ fault }, i) => [shares[i] as number, fault] as const)
}

/**
 * Three processes publish at least once, three of one group consume, and the broker is hurt again and again. Throws unless
 * the history that all of them wrote holds together.
 */
export async function runFaults(plan: FaultPlan): Promise<FaultReport> {
  const { module, transport, options, seed, messages = 20_000, blindMs } = plan
  const explain = (number: number) => plan.explain?.(number)
  const directory = mkdtempSync(join(tmpdir(), 'sm-faults-'))
  const running: Program[] = []
  const names: string[] = []
  const run = async (program: string, agent: string, i: number, rest: object = {}) => {
    const name = `${program}-${i + 1}`
    names.push(name)
    const setting = { module: module.href, transport, options, namespace: 'faults', agent }
    const process = new Program(programs(program), { ...setting, history: join(directory, name), ...rest })
    running.push(process)
    await process.heard('ready')
    return process
  }
  const history = (name: string) => new History(name, readFileSync(join(directory, name), 'utf8'))
  try {
    const each = Array.from({ length: members }, (_, i) => i)
    const consumers: Program[] = []
    for (const i of each) consumers.push(await run('consumer', 'worker', i))
    const count = Math.ceil(messages / members)
    const publishers = await Promise.all(
      each.map(i => run('publisher', 'source', i, { count, atOnce, from: i * count })),
    )
    const progress = new Map<Program, number>()
    const ended = () => [...progress.values()].reduce((sum, value) => sum + value, 0)
    const sent = Promise.all(
      publishers.map(async publisher => {
        publisher.tell({ kind: 'go' })
        await publisher.heard('sent', 240_000)
      }),
    )
    let isSent = false
    const done = () => {
      isSent = true
    }
    sent.then(done, done)
    const watching = publishers.map(async publisher => {
      while (!isSent) {
        const { ended: now } = await publisher.heard('progress', 240_000)
        progress.set(publisher, now as number)
      }
    })
    for (const watch of watching) watch.catch(() => undefined)
    const story: string[] = []
    const began: number[] = []
    for (const [share, { name, hurt }] of schedule(plan.faults, seed)) {
      while (ended() < share * messages && !isSent) await sleep(5)
      assert.ok(!isSent, `The run was over before ${name} could be injected`)
      story.push(`${name} after ${ended()} publishes`)
      began.push(Date.now())
      await hurt()
    }
    await sent
    await settled(consumers)
    for (const each of [...publishers, ...consumers]) await each.ask('stop')
    const of = (kind: string) => names.filter(name => name.startsWith(kind)).map(history)
    return { ...checkHistory(of('publisher'), of('consumer'), { faults: began, blindMs, explain }), story }
  } finally {
    await Promise.all(running.map(program => program.kill()))
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Resolves when consumers have not handled anything new for a while: what is owed comes at the latest after a dead member's time. */
async function settled(consumers: readonly Program[]): Promise<void> {
  const quietMs = 3_000
  const handled = async () => {
    const reports = await Promise.all(consumers.map(consumer => consumer.ask('report')))
    return reports.reduce((sum, { handled: count }) => sum + (count as number), 0)
  }
  for (let before = await handled(), since = performance.now(); performance.now() - since < quietMs; ) {
    await sleep(100)
    const now = await handled()
    if (now !== before) since = performance.now()
    before = now
  }
}

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { EndProcess } from '../end-process.ts'
import type { WireName } from '../faults.ts'
import { judge, type Verdict } from '../history.ts'
import type { Access, FailingWire, Mend } from '../wires/failing-wire.ts'
import { startWire } from '../wires/start-wire.ts'
import { type Outage, outagesOf, type StrikeTime } from './outage.ts'
import { type Schedule, type Strike, scheduleOf } from './schedule.ts'

/** A long run: every wire in one agent, and each of them killed, frozen and restored in turn. */
export interface ChaosRun {
  readonly seed: number
  /** How many instances of the receiver there are. */
  readonly instances: number
  readonly messages: number
  readonly perSecond: number
}

/** What came of a long run. */
export interface ChaosResult {
  readonly run: ChaosRun
  readonly ladder: readonly WireName[]
  readonly verdict: Verdict
  readonly outages: readonly Outage[]
}

const senders = 2
/** How long messages flow before the first fault, in milliseconds. */
const calmMs = 1_500
/** Longest wait until all that was acknowledged has been handled, in milliseconds. */
const settleMs = 60_000

/** Runs it with servers and processes of its own, and judges its history. */
export async function runChaos(run: ChaosRun): Promise<ChaosResult> {
  const { seed, instances, messages, perSecond } = run
  const schedule = scheduleOf(seed)
  const namespace = `chaos-${randomUUID()}`
  await using running = new AsyncDisposableStack()
  const wires = new Map<WireName, FailingWire>()
  for (const name of schedule.ladder) {
    wires.set(
      name,
      running.adopt(await startWire(name, namespace, false), wire => wire.stop()),
    )
  }
  const ends: EndProcess[] = []
  running.defer(() => {
    for (const end of ends) end.kill()
  })
  const start = async (kind: 'sender' | 'receiver', first: number) => {
    const accesses: readonly Access[] = [...wires.values()].map(wire => wire[kind])
    const end = new EndProcess(kind, accesses, {
      ...{ namespace, perSecond: perSecond / senders, numbers: { first, step: senders } },
      messages: Math.ceil((messages - first) / senders),
    })
    ends.push(end)
    await end.heard('ready')
    return end
  }
  await Promise.all(Array.from({ length: instances }, () => start('receiver', 0)))
  const sending = await Promise.all(Array.from({ length: senders }, (_, first) => start('sender', first)))
  for (const sender of sending) sender.tell('go')
  const sent = Promise.all(sending.map(sender => sender.heard('sent')))
  await sleep(calmMs)
  const strikes = await strikeUntil(sent, schedule, wires)
  await Promise.all(sending.map(sender => sender.heard('done')))

  const verdict = () => judge(ends.flatMap(({ entries }) => entries))
  const until = Date.now() + settleMs
  while (verdict().lost > 0 && Date.now() < until) await sleep(500)
  await Promise.all(ends.map(end => end.stop()))
  const outages = outagesOf(
    strikes,
    ends.flatMap(({ entries }) => entries),
  )
  return { run, ladder: schedule.ladder, verdict: verdict(), outages }
}

/** Strikes wires until all is sent, and resolves when every wire is there again. */
async function strikeUntil(
  sent: Promise<unknown>,
  { rounds }: Schedule,
  wires: ReadonlyMap<WireName, FailingWire>,
): Promise<readonly StrikeTime[]> {
  const times: StrikeTime[] = []
  let mends: Mend[] = []
  let isOver = false
  const over = sent.then(() => {
    isOver = true
  })
  const wait = (ms: number) => Promise.race([over, sleep(ms)])
  const strike = async ({ wire, fault, thenMs }: Strike) => {
    if (isOver) return
    const at = Date.now()
    mends.push(await (wires.get(wire) as FailingWire).strike(faultOf(wire, fault)))
    await wait(thenMs)
    times.push({ wire, fault, at, until: Date.now() })
  }
  const mend = async () => {
    await Promise.all(mends.map(each => each()))
    mends = []
  }
  for (const { strikes, calmMs, last } of rounds) {
    for (const each of strikes) await strike(each)
    await mend()
    await wait(calmMs)
    await strike(last)
    await mend()
    await wait(calmMs)
    if (isOver) return times
  }
  return times
}

function faultOf(wire: WireName, fault: Strike['fault']): 'kill' | 'freeze' | 'half-open' {
  return fault === 'freeze' && wire === 'named-pipes' ? 'half-open' : fault
}

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { EndProcess } from './end-process.ts'
import type { FaultName, WireName } from './faults.ts'
import { type DataLoss, judge, type Verdict } from './history.ts'
import type { Access } from './wires/failing-wire.ts'
import { isLineFault } from './wires/line-faults.ts'
import { startWire } from './wires/start-wire.ts'

/** One cell of the matrix: the first wire fails while an agent sends to another, and the second is at hand. */
export interface Cell {
  readonly wires: readonly [WireName, WireName]
  readonly fault: FaultName
  /** How many instances of the receiver there are. */
  readonly instances: number
  readonly perSecond: number
  /** How long the first wire is gone, in milliseconds. */
  readonly goneMs: number
}

/** A cell, and what came of it. */
export interface CellResult {
  readonly cell: Cell
  readonly verdict: Verdict
}

/** How long messages flow before and after the fault, in milliseconds. */
const calmMs = 1_500
/** Longest wait until all that was acknowledged has been handled, in milliseconds. */
const settleMs = 30_000

/** Runs a cell with servers and processes of its own, and judges its history. */
export async function runCell({ wires, fault, instances, perSecond, goneMs }: Cell): Promise<Verdict> {
  const namespace = `failover-${randomUUID()}`
  await using running = new AsyncDisposableStack()
  const first = running.adopt(await startWire(wires[0], namespace, isLineFault(fault)), wire => wire.stop())
  const second = running.adopt(await startWire(wires[1], namespace, false), wire => wire.stop())
  const ends: EndProcess[] = []
  const start = (kind: 'sender' | 'receiver', accesses: readonly Access[]) => {
    const end = new EndProcess(kind, accesses, {
      ...{ namespace, perSecond, numbers: { first: 0, step: 1 }, messages: Number.MAX_SAFE_INTEGER },
    })
    ends.push(end)
    return end.heard('ready').then(() => end)
  }
  try {
    await Promise.all(Array.from({ length: instances }, () => start('receiver', [first.receiver, second.receiver])))
    const sender = await start('sender', [first.sender, second.sender])
    sender.tell('go')
    await sleep(calmMs)
    const mend = await first.strike(fault)
    await sleep(goneMs)
    const dataLoss: DataLoss | undefined = fault === 'restart' ? { wire: first.name, at: Date.now() } : undefined
    await mend()
    await sleep(calmMs)
    sender.tell('stop')
    await sender.heard('done')

    const verdict = () =>
      judge(
        ends.flatMap(({ entries }) => entries),
        dataLoss,
      )
    const until = Date.now() + settleMs
    while (verdict().lost > 0 && Date.now() < until) await sleep(100)
    await Promise.all(ends.map(end => end.stop()))
    return verdict()
  } finally {
    for (const end of ends) end.kill()
  }
}

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BrokerName, startBroker } from '../../../tooling/brokers/index.ts'
import { EndProcess } from './end-process.ts'
import { type FaultName, faults } from './faults.ts'
import { judge, type Verdict } from './history.ts'

/** One cell of the matrix: the first wire fails while an agent sends to another, and the second is at hand. */
export interface Cell {
  readonly wires: readonly [BrokerName, BrokerName]
  readonly fault: FaultName
  /** How many instances of the receiver there are. */
  readonly instances: number
  readonly perSecond: number
  /** How long the first wire is gone, in milliseconds. */
  readonly goneMs: number
}

/** The file that `pnpm failover --json FILE` writes. */
export interface FailoverFile {
  readonly conditions: { readonly date: string; readonly node: string; readonly processor: string }
  readonly results: readonly { readonly cell: Cell; readonly verdict: Verdict }[]
}

/** How long messages flow before and after the fault, in milliseconds. */
const calmMs = 1_500
/** Longest wait until all that was acknowledged has been handled, in milliseconds. */
const settleMs = 30_000

/** Runs a cell with servers and processes of its own, and judges its history. */
export async function runCell({ wires, fault, instances, perSecond, goneMs }: Cell): Promise<Verdict> {
  await using first = await startBroker(wires[0])
  await using second = await startBroker(wires[1])
  const order = { namespace: `failover-${randomUUID()}`, urls: [first.url, second.url], perSecond }
  const receivers = Array.from({ length: instances }, () => new EndProcess('receiver', order))
  const ends = [...receivers]
  try {
    await Promise.all(receivers.map(receiver => receiver.heard('ready')))
    const sender = new EndProcess('sender', order)
    ends.push(sender)
    await sender.heard('ready')
    sender.tell('go')
    await sleep(calmMs)
    await faults[fault](first, goneMs)
    await sleep(calmMs)
    sender.tell('stop')
    await sender.heard('done')

    const verdict = () => judge(ends.flatMap(({ entries }) => entries))
    const until = Date.now() + settleMs
    while (verdict().lost > 0 && Date.now() < until) await sleep(100)
    await Promise.all(ends.map(end => end.stop()))
    return verdict()
  } finally {
    for (const end of ends) end.kill()
  }
}

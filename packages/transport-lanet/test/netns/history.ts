import assert from 'node:assert/strict'
import type { LanPeer } from '@sm/transport-lanet'
import type { Program } from '../../../../tooling/test/program.ts'

/** The report of a member of the LAN. */
export interface Report {
  /** `sender id` of each message that was handled, in order. */
  readonly handled: readonly string[]
  readonly fates: {
    /** `sender id` of each message whose publish was acknowledged. */
    readonly accepted: readonly string[]
    readonly nobody: number
    readonly failed: number
    readonly unknown: number
  }
}

/** The report of a member at a glance. */
export interface Look {
  /** How many messages it has handled. */
  readonly handled: number
  readonly healthy: boolean
  /** How often it warned of what, by code. */
  readonly faults: ReadonlyArray<readonly [code: string, count: number]>
  readonly peers: readonly LanPeer[]
}

export async function reportOf(member: Program): Promise<Report> {
  return (await member.ask('report')) as unknown as Report
}

export async function lookAt(member: Program): Promise<Look> {
  return (await member.ask('look')) as unknown as Look
}

/** Throws unless every listener has handled each message that was acknowledged to the sender, and none twice. */
export function checkHistory(sender: Report, listeners: readonly Report[]): void {
  for (const { handled } of listeners) {
    const once = new Set(handled)
    assert.equal(handled.length, once.size, `${handled.length - once.size} messages were handled twice`)
    const lost = sender.fates.accepted.filter(id => !once.has(id))
    assert.deepEqual(lost, [], `${lost.length} of ${sender.fates.accepted.length} acknowledged messages were lost`)
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Broker } from '../../../tooling/brokers/index.ts'

/** How a broker fails, and comes back, by name. Each takes how long it is gone, in milliseconds. */
export const faults = {
  /** Its process is killed and started again with its data. */
  async kill(broker: Broker, goneMs: number) {
    await broker.kill()
    await sleep(goneMs)
    await broker.restart()
  },
  /** Its process is stopped and goes on: connections stay open, and nobody answers. */
  async freeze(broker: Broker, goneMs: number) {
    await broker.freeze()
    await sleep(goneMs)
    await broker.thaw()
  },
} as const satisfies Record<string, (broker: Broker, goneMs: number) => Promise<void>>

export type FaultName = keyof typeof faults

export const faultNames = Object.keys(faults) as readonly FaultName[]

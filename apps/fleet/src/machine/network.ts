import { networkInterfaces } from 'node:os'
import type { Metrics } from '../messages.ts'
import { now } from '../now.ts'
import { readLines } from './read-lines.ts'

/** Returns the bytes that have gone through the network interfaces since the machine started. */
export interface Traffic {
  readonly receivedBytes: number
  readonly sentBytes: number
  /** Packets that were damaged or thrown away. */
  readonly faults: number
}

/** From the lines of /proc/net/dev; the loopback is left out, since it goes nowhere. */
export function parseTraffic(lines: readonly string[]): Traffic {
  const sum = { receivedBytes: 0, sentBytes: 0, faults: 0 }
  for (const line of lines) {
    const [, name, columns] = /^\s*([^:|]+):\s*(.+)$/.exec(line) ?? []
    if (!name || !columns || name === 'lo') continue
    const [received = 0, , receiveErrors = 0, receiveDrops = 0, , , , , sent = 0, , sendErrors = 0, sendDrops = 0] =
      columns.trim().split(/\s+/).map(Number)
    sum.receivedBytes += received
    sum.sentBytes += sent
    sum.faults += receiveErrors + receiveDrops + sendErrors + sendDrops
  }
  return sum
}

/** Reads how much went through since the reading before. Where the system does not tell, only the interfaces are counted. */
export function createNetworkReader(): () => Promise<Metrics> {
  let before: { readonly traffic: Traffic; readonly at: number } | undefined
  return async () => {
    const interfaces = Object.values(networkInterfaces()).filter(addresses =>
      addresses?.some(({ internal }) => !internal),
    )
    const lines = await readLines('/proc/net/dev')
    if (!lines) return { interfaces: interfaces.length }
    const latest = { traffic: parseTraffic(lines), at: now() }
    const { traffic, at } = before ?? latest
    const seconds = Math.max(0.001, (latest.at - at) / 1_000)
    const rate = (name: keyof Traffic) => Math.max(0, latest.traffic[name] - traffic[name]) / seconds
    before = latest
    return {
      interfaces: interfaces.length,
      receivedPerSecond: rate('receivedBytes'),
      sentPerSecond: rate('sentBytes'),
      faultsPerSecond: rate('faults'),
    }
  }
}

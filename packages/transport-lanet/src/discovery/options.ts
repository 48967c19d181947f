import { lanetError } from '../errors.ts'
import { type HostPort, parseHostPort } from './host-port.ts'
import { parseSubnet, type Subnet } from './subnet.ts'

/** An active search through a subnet: for networks without multicast whose hosts nobody can list. */
export interface ScanOptions {
  /** The subnet, such as `192.168.1.0/24` or `fd00::7400:0/120`. At most 4,096 addresses (an IPv4 /20). */
  readonly cidr: string
  /** The ports on which agents listen: their option `port`. At most 16. */
  readonly ports: readonly number[]
  /** Most addresses that are tried at once. Default 64, at most 512. */
  readonly concurrency?: number
  /** How long one address is given to answer, in milliseconds. Default 1,000. */
  readonly timeoutMs?: number
  /** Rest between two rounds, in milliseconds; half of it is left to chance. Default 300,000 (5 min), at least 10,000. */
  readonly everyMs?: number
  /** Allows a subnet of more than 4,096 addresses, up to 1,048,576. Default false. */
  readonly allowLarge?: boolean
}

/** How a lanet transport finds others. All have defaults. */
export interface DiscoveryOptions {
  /** Announces this agent by multicast DNS, and listens for others. Default true. */
  readonly mdns?: boolean
  /** Agents that multicast does not reach, as `host:port`. A name may have several addresses. At most 256. Default none. */
  readonly peers?: readonly string[]
  /** Searches a subnet for agents. Default: no search. */
  readonly scan?: ScanOptions
  /**
   * How long start listens for those who are there, in milliseconds. Default: until somebody has answered and nobody else has for a
   * while (30, or longer where the first answer took long), at most 150. Give it where machines are too busy to answer in time.
   */
  readonly listenMs?: number
}

/** A search with every default filled in. */
export interface ScanSettings {
  readonly subnet: Subnet
  readonly ports: readonly number[]
  readonly concurrency: number
  readonly timeoutMs: number
  readonly everyMs: number
}

/** The options with every default filled in. */
export interface DiscoverySettings {
  readonly mdns: boolean
  readonly peers: readonly HostPort[]
  readonly scan: ScanSettings | undefined
  /** Undefined: until nobody new answers. */
  readonly listenMs: number | undefined
}

/** Most addresses of a search that was not called large. */
const maxScan = 4_096n

/** Most addresses of any search. */
const maxLargeScan = 1_048_576n

function refuse(name: string, why: string): never {
  throw lanetError('SM_LANET_OPTIONS', `The option ${name} ${why}`, { details: { name } })
}

function toInteger(name: string, value: number, min: number, max: number): number {
  if (!Number.isInteger(value) || value < min || value > max) refuse(name, `is not an integer of ${min} to ${max}`)
  return value
}

function toPeer(peer: unknown): HostPort {
  const place = typeof peer === 'string' ? parseHostPort(peer) : undefined
  return place ?? refuse('peers', `has ${JSON.stringify(peer)?.slice(0, 80)}, which is not host:port`)
}

function toScan({ cidr, ports, allowLarge = false, ...rest }: ScanOptions): ScanSettings {
  const subnet = typeof cidr === 'string' ? parseSubnet(cidr) : undefined
  if (!subnet) refuse('scan.cidr', 'is not a subnet such as 192.168.1.0/24')
  if (subnet.size > maxScan && !allowLarge) {
    refuse('scan.cidr', `has ${subnet.size} addresses, more than ${maxScan}: ask for it with scan.allowLarge`)
  }
  if (subnet.size > maxLargeScan) refuse('scan.cidr', `has ${subnet.size} addresses, more than ${maxLargeScan}`)
  if (!Array.isArray(ports) || ports.length < 1 || ports.length > 16) refuse('scan.ports', 'is not a list of 1 to 16')
  return {
    subnet,
    ports: ports.map(port => toInteger('scan.ports', port, 1, 65_535)),
    concurrency: toInteger('scan.concurrency', rest.concurrency ?? 64, 1, 512),
    timeoutMs: toInteger('scan.timeoutMs', rest.timeoutMs ?? 1_000, 10, 60_000),
    everyMs: toInteger('scan.everyMs', rest.everyMs ?? 300_000, 10_000, 86_400_000),
  }
}

/** Checks options and fills in the defaults. Throws `SM_LANET_OPTIONS`. */
export function toDiscoverySettings({ mdns, peers, scan, listenMs }: DiscoveryOptions): DiscoverySettings {
  if (typeof (mdns ?? true) !== 'boolean') refuse('mdns', 'is not a boolean')
  if (!Array.isArray(peers ?? []) || (peers?.length ?? 0) > 256) refuse('peers', 'is not a list of at most 256')
  return {
    mdns: mdns ?? true,
    peers: (peers ?? []).map(toPeer),
    scan: scan && toScan(scan),
    listenMs: listenMs === undefined ? undefined : toInteger('listenMs', listenMs, 0, 60_000),
  }
}

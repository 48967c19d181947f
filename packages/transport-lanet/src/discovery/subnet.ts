import { isIPv4, isIPv6 } from 'node:net'

/** A range of addresses, as CIDR writes it. */
export interface Subnet {
  readonly family: 4 | 6
  /** Its lowest address. */
  readonly base: bigint
  /** How many addresses it has. */
  readonly size: bigint
}

const bits = { 4: 32, 6: 128 } as const

/** Reads `192.168.1.0/24` or `fd00::/120`, whichever of its addresses is named; undefined for anything else. */
export function parseSubnet(cidr: string): Subnet | undefined {
  const [address = '', digits = '', ...rest] = cidr.split('/')
  const family = isIPv4(address) ? 4 : isIPv6(address) && !address.includes('%') ? 6 : undefined
  const prefix = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN
  if (family === undefined || rest.length > 0 || !(prefix <= bits[family])) return undefined
  const size = 1n << BigInt(bits[family] - prefix)
  return { family, base: toNumber(address, family) & ~(size - 1n), size }
}

/** The address at a place of a subnet, counted from 0. */
export function addressAt({ family, base }: Subnet, index: bigint): string {
  const number = base + index
  const step = family === 4 ? 8n : 16n
  const parts: bigint[] = []
  for (let shift = BigInt(bits[family]) - step; shift >= 0n; shift -= step) {
    parts.push((number >> shift) & ((1n << step) - 1n))
  }
  return family === 4 ? parts.join('.') : parts.map(part => part.toString(16)).join(':')
}

/** Whether the address at a place is one that a host may have: the ends of an IPv4 subnet are its name and its broadcast. */
export function isHostIndex({ family, size }: Subnet, index: bigint): boolean {
  return family === 6 || size <= 2n || (index > 0n && index < size - 1n)
}

function toNumber(address: string, family: 4 | 6): bigint {
  if (family === 4) return address.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
  return groupsOf(address).reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly string[] {
  const [left = [], right = []] = address.split('::').map(half => half.split(':').filter(Boolean).flatMap(toGroups))
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
}

/** One group as it is; an IPv4 address, which may stand at the end, as two. */
function toGroups(part: string): readonly string[] {
  if (!part.includes('.')) return [part]
  const number = toNumber(part, 4)
  return [(number >> 16n).toString(16), (number & 0xffffn).toString(16)]
}

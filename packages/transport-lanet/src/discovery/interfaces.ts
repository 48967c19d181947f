import { BlockList } from 'node:net'
import { networkInterfaces } from 'node:os'

/** One family of one network interface of this machine: where multicast is sent and heard. */
export interface Interface {
  /** The same text while neither its name nor its addresses change. */
  readonly id: string
  readonly family: 4 | 6
  /** How the system calls it, such as `eth0`. */
  readonly name: string
  /** The value by which multicast is told to choose it: an address of it for IPv4, its scope for IPv6. */
  readonly selector: string
  /** Whether an address is of the network at this interface. */
  hasNeighbour(address: string): boolean
}

type Addresses = NonNullable<ReturnType<typeof networkInterfaces>[string]>

/**
 * The interfaces over which to announce: all of both families, of the loopback IPv4 alone. With `host`, the address that
 * others are to dial, only the interface that has it.
 */
export function listInterfaces(host: string | undefined, all = networkInterfaces()): readonly Interface[] {
  const wanted = host === undefined || host === '0.0.0.0' || host === '::' ? undefined : host.replace(/%.*$/, '')
  return Object.entries(all).flatMap(([name, addresses = []]) => {
    if (wanted !== undefined && !addresses.some(({ address }) => address === wanted)) return []
    const families = addresses.some(({ internal }) => internal) ? ([4] as const) : ([4, 6] as const)
    return families.flatMap(family => toInterface(name, family, addresses))
  })
}

function toInterface(name: string, family: 4 | 6, all: Addresses): readonly Interface[] {
  const addresses = all.filter(address => address.family === `IPv${family}`)
  const [first] = addresses
  if (!first) return []
  const neighbours = new BlockList()
  for (const { address, cidr } of addresses) {
    const prefix = cidr?.split('/')[1] ?? (family === 4 ? 32 : 128)
    neighbours.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6')
  }
  return [
    {
      id: `${name} ${addresses.map(({ cidr }) => cidr).join(' ')}`,
      family,
      name,
      selector: family === 4 ? first.address : `::%${process.platform === 'win32' ? first.scopeid : name}`,
      hasNeighbour(address) {
        const [bare = '', scope] = address.split('%')
        if (scope !== undefined) return scope === name || scope === String(first.scopeid)
        return neighbours.check(bare, family === 4 ? 'ipv4' : 'ipv6')
      },
    },
  ]
}

/** Every address that this machine has now. */
export function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address)))
}

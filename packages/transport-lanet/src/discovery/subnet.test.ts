import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addressAt, isHostIndex, parseSubnet, type Subnet } from './subnet.ts'

/** The hosts of a subnet, by its text. */
function hostsOf(cidr: string): readonly string[] {
  const subnet = parseSubnet(cidr) as Subnet
  return Array.from({ length: Number(subnet.size) }, (_, i) => BigInt(i))
    .filter(index => isHostIndex(subnet, index))
    .map(index => addressAt(subnet, index))
}

describe('a subnet', () => {
  it('of IPv4 has hosts, without its name and its broadcast', () => {
    expect(hostsOf('192.168.1.77/30')).toEqual(['192.168.1.77', '192.168.1.78'])
    expect(hostsOf('10.0.0.0/24')).toHaveLength(254)
    expect(hostsOf('10.0.0.254/31')).toEqual(['10.0.0.254', '10.0.0.255'])
    expect(hostsOf('10.0.0.7/32')).toEqual(['10.0.0.7'])
  })

  it('of IPv6 has every address', () => {
    expect(hostsOf('fd00::10/126')).toEqual([
      'fd00:0:0:0:0:0:0:10',
      'fd00:0:0:0:0:0:0:11',
      'fd00:0:0:0:0:0:0:12',
      'fd00:0:0:0:0:0:0:13',
    ])
    expect(hostsOf('::ffff:1.2.3.4/128')).toEqual(['0:0:0:0:0:ffff:102:304'])
  })

  it.each([
    '',
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0/24',
    'fd00::/129',
    'fe80::1%eth0/64',
    '10.0.0.0/24/3',
    'x/8',
    '10.0.0.0/-1',
  ])('is not %j', cidr => expect(parseSubnet(cidr)).toBeUndefined())

  it('has the addresses that Node takes to be in it, whatever it is', () => {
    const four = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.constant('ipv4' as const))
    const six = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.constant('ipv6' as const))
    fc.assert(
      fc.property(fc.oneof(four, six), fc.double({ min: 0, max: 1, noNaN: true }), ([address, prefix, family], at) => {
        const subnet = parseSubnet(`${address}/${prefix}`) as Subnet
        const list = new BlockList()
        list.addSubnet(address, prefix, family)
        const last = subnet.size - 1n
        const middle = (last * BigInt(Math.floor(at * 2 ** 20))) >> 20n
        for (const index of [0n, middle, last]) {
          const found = addressAt(subnet, index)
          expect(isIP(found)).toBe(subnet.family)
          expect(list.check(found, family)).toBe(true)
        }
      }),
    )
  })
})

import { expect, it } from 'vitest'
import { listInterfaces } from './interfaces.ts'

const of = (address: string, prefix: number, internal = false, scopeid = 0) => ({
  address,
  cidr: `${address}/${prefix}`,
  family: address.includes(':') ? ('IPv6' as const) : ('IPv4' as const),
  internal,
  mac: '02:00:00:00:00:01',
  netmask: '',
  scopeid,
})

const machine = {
  lo: [of('127.0.0.1', 8, true), of('::1', 128, true)],
  eth0: [of('192.168.1.7', 24), of('10.9.0.1', 16), of('fd00::7', 64), of('fe80::7', 64, false, 2)],
  wlan0: [of('fe80::8', 64, false, 3)],
}

it('announcements go over every interface and both families, the loopback by IPv4', () => {
  const shown = listInterfaces(undefined, machine as never).map(({ name, family, selector }) => [
    name,
    family,
    selector,
  ])
  expect(shown).toEqual([
    ['lo', 4, '127.0.0.1'],
    ['eth0', 4, '192.168.1.7'],
    ['eth0', 6, '::%eth0'],
    ['wlan0', 6, '::%wlan0'],
  ])
})

it.each([
  ['127.0.0.1', ['lo']],
  ['10.9.0.1', ['eth0', 'eth0']],
  ['fe80::8%wlan0', ['wlan0']],
  ['::', ['lo', 'eth0', 'eth0', 'wlan0']],
  ['172.16.0.1', []],
])('an agent that listens at %s is announced over %j alone', (host, names) => {
  expect(listInterfaces(host, machine as never).map(({ name }) => name)).toEqual(names)
})

it('an interface has those of its own networks for neighbours', () => {
  const [, four, six, wireless] = listInterfaces(undefined, machine as never)
  expect(['192.168.1.200', '10.9.200.1', '192.168.2.1'].map(address => four?.hasNeighbour(address))).toEqual([
    true,
    true,
    false,
  ])
  expect(['fd00::1', 'fd01::1', 'fe80::1%eth0', 'fe80::1%wlan0'].map(address => six?.hasNeighbour(address))).toEqual([
    true,
    false,
    true,
    false,
  ])
  expect(wireless?.hasNeighbour('fe80::1%3')).toBe(true)
})

it('a change of addresses makes another interface of it', () => {
  const [before] = listInterfaces(undefined, { eth0: [of('10.0.0.1', 24)] } as never)
  const [after] = listInterfaces(undefined, { eth0: [of('10.0.0.2', 24)] } as never)
  expect(before?.id).not.toBe(after?.id)
})

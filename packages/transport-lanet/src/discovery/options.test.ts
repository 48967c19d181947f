import { describe, expect, it } from 'vitest'
import { type DiscoveryOptions, toDiscoverySettings } from './options.ts'

const scan = { cidr: '10.0.0.0/24', ports: [7_400] }

describe('the options of discovery', () => {
  it('all have defaults, but where to search', () => {
    expect(toDiscoverySettings({})).toEqual({ mdns: true, peers: [], scan: undefined, listenMs: undefined })
    expect(toDiscoverySettings({ scan }).scan).toMatchObject({ concurrency: 64, timeoutMs: 1_000, everyMs: 300_000 })
  })

  it('take a large subnet only by name, and never a huge one', () => {
    const refused = { code: 'SM_LANET_OPTIONS', message: expect.stringContaining('scan.allowLarge') }
    const search = (cidr: string, allowLarge?: boolean) =>
      toDiscoverySettings({ scan: { ...scan, cidr, ...(allowLarge !== undefined && { allowLarge }) } })
    expect(search('10.0.0.0/20').scan?.subnet.size).toBe(4_096n)
    expect(() => search('10.0.0.0/19')).toThrow(expect.objectContaining(refused))
    expect(search('10.0.0.0/12', true).scan?.subnet.size).toBe(1_048_576n)
    expect(() => search('10.0.0.0/11', true)).toThrow(expect.objectContaining({ code: 'SM_LANET_OPTIONS' }))
    expect(search('fd00::/116').scan?.subnet.size).toBe(4_096n)
    expect(() => search('fd00::/64')).toThrow(expect.objectContaining(refused))
  })

  it.each<[string, object]>([
    ['mdns', { mdns: 'yes' }],
    ['peers', { peers: 'host:1' }],
    ['peers', { peers: ['host'] }],
    ['peers', { peers: [7] }],
    ['peers', { peers: Array.from({ length: 257 }, () => 'host:1') }],
    ['listenMs', { listenMs: -1 }],
    ['scan.cidr', { scan: { ...scan, cidr: '10.0.0.0' } }],
    ['scan.cidr', { scan: { ports: [1] } }],
    ['scan.ports', { scan: { ...scan, ports: [] } }],
    ['scan.ports', { scan: { ...scan, ports: [70_000] } }],
    ['scan.concurrency', { scan: { ...scan, concurrency: 0 } }],
    ['scan.timeoutMs', { scan: { ...scan, timeoutMs: 1 } }],
    ['scan.everyMs', { scan: { ...scan, everyMs: 1_000 } }],
  ])('refuse a wrong %s', (name, options) => {
    expect(() => toDiscoverySettings(options as DiscoveryOptions)).toThrow(
      expect.objectContaining({ code: 'SM_LANET_OPTIONS', details: { name } }),
    )
  })
})

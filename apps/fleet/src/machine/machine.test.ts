import { expect, test } from 'vitest'
import { resources } from '../messages.ts'
import { parseCpuTimes } from './cpu.ts'
import { parseAvailableBytes } from './memory.ts'
import { parseTraffic } from './network.ts'
import { createReader } from './readers.ts'

test('the columns of /proc/stat are added up, guest time only once', () => {
  expect(parseCpuTimes('cpu  100 10 50 800 40 5 5 10 70 7')).toEqual({ total: 1_020, idle: 840, waiting: 40 })
})

test('available memory is found in /proc/meminfo, and may be missing', () => {
  expect(parseAvailableBytes(['MemTotal: 16 kB', 'MemAvailable:   8 kB', ''])).toBe(8_192)
  expect(parseAvailableBytes(['MemTotal: 16 kB'])).toBeUndefined()
})

test('traffic of all interfaces but the loopback is added up', () => {
  const lines = [
    'Inter-|   Receive                                                |  Transmit',
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
    '    lo: 9999 9 9 9 0 0 0 0 9999 9 9 9 0 0 0 0',
    '  eth0: 1000 10 1 2 0 0 0 0 500 5 3 4 0 0 0 0',
    '  eth1:200 2 0 0 0 0 0 0 100 1 0 0 0 0 0 0',
    '',
  ]
  expect(parseTraffic(lines)).toEqual({ receivedBytes: 1_200, sentBytes: 600, faults: 10 })
})

test.each(resources)('%s can be read on this machine, twice', async resource => {
  const read = createReader[resource]()
  for (const metrics of [await read(), await read()]) {
    const { used, interfaces } = metrics
    if (resource === 'network') expect(interfaces).toBeGreaterThanOrEqual(0)
    else expect(used).toSatisfy((part: number) => part >= 0 && part <= 1)
    for (const value of Object.values(metrics)) expect(Number.isFinite(value)).toBe(true)
  }
})

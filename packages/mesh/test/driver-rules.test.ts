import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import type { Connection, MeshDriver, Self } from '../src/index.ts'
import { type DriverRule, driverRules } from '../src/testing.ts'
import { MemoryNet } from './memory-driver.ts'
import type { End } from './memory-wire.ts'

const source = readFileSync(join(import.meta.dirname, '../src/driver.ts'), 'utf8')

/** Runs all rules on drivers of one net, each changed in one way; the ids of those that are broken within the deadline. */
async function broken(
  change: (driver: MeshDriver, self: Self) => MeshDriver,
  deadlineMs = 500,
): Promise<readonly string[]> {
  const failed = async ({ id, run }: DriverRule) => {
    const net = new MemoryNet(systemClock)
    const harness = { driver: (self: Self) => change(net.driver(self), self), deadlineMs }
    return run(harness).then(
      () => [],
      () => [id],
    )
  }
  return (await Promise.all(driverRules.map(failed))).flat()
}

/** The same driver, but for what both ends of each connection are. */
const connections = (change: (connection: Connection) => Connection) => (driver: MeshDriver) => ({
  ...driver,
  listen: (accept: (connection: Connection) => void, onFault: (error: unknown) => void) =>
    driver.listen(connection => accept(change(connection)), onFault),
  dial: async (...given: Parameters<MeshDriver['dial']>) => change(await driver.dial(...given)),
})

/** The same connection, but for what `change` has. */
const like = (connection: Connection, change: Partial<Connection>): Connection => ({
  remote: connection.remote,
  open: listener => connection.open(listener),
  write: bytes => connection.write(bytes),
  end: () => connection.end(),
  destroy: () => connection.destroy(),
  ...change,
})

describe('the rules of a driver', () => {
  it('stand in its TSDoc, word for word', () => {
    const stated = [...source.matchAll(/^ \* - (MESH-\d\d .+)$/gm)].map(([, text]) => text)
    expect(driverRules.map(({ id, title }) => `${id} ${title}`)).toEqual(stated)
  })

  it('are kept by a driver that does nothing wrong', async () => {
    expect(await broken(driver => driver, 10_000)).toEqual([])
  })

  it.each<[string, readonly string[], (driver: MeshDriver, self: Self) => MeshDriver]>([
    [
      'tells later who is there',
      ['MESH-04'],
      driver => ({ ...driver, discover: async listener => void setTimeout(() => driver.discover(listener), 20) }),
    ],
    [
      'never tells who has left',
      ['MESH-04'],
      driver => ({ ...driver, discover: listener => driver.discover({ ...listener, lost: () => {} }) }),
    ],
    [
      'loses the first bytes',
      ['MESH-05', 'MESH-06', 'MESH-07', 'MESH-08', 'MESH-09'],
      connections(connection => {
        let first = true
        return like(connection, {
          write(bytes) {
            const some = first ? bytes.subarray(1) : bytes
            first = false
            return connection.write(some)
          },
        })
      }),
    ],
    [
      'dials on although its signal has aborted',
      ['MESH-06'],
      driver => ({ ...driver, dial: sighting => driver.dial(sighting, new AbortController().signal) }),
    ],
    [
      'gives up in words of its own',
      ['MESH-06'],
      driver => ({
        ...driver,
        dial: (sighting, signal) =>
          driver.dial(sighting, signal).catch(() => {
            throw new Error('it did not work')
          }),
      }),
    ],
    [
      'drops what waits when it ends',
      ['MESH-07'],
      connections(connection => like(connection, { end: () => (connection as End).cut() })),
    ],
    [
      'tells twice that it is closed',
      ['MESH-07', 'MESH-08'],
      connections(connection =>
        like(connection, {
          open: listener =>
            connection.open({
              data: chunk => listener.data(chunk),
              drain: () => listener.drain(),
              closed(error) {
                listener.closed(error)
                listener.closed(error)
              },
            }),
        }),
      ),
    ],
    ['leaves open what is destroyed', ['MESH-08'], connections(connection => like(connection, { destroy: () => {} }))],
  ])('are broken by one that %s', async (_what, rules, change) => {
    expect(await broken(change)).toEqual(rules)
  })
})

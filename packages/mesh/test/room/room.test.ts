import { systemClock } from '@sm/core/transport'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { inProcesses, testTransport } from '../../../transport-conformance/src/index.ts'
import { driverRules } from '../../src/testing.ts'
import { harness } from './harness.ts'
import { Room } from './room.ts'
import { RoomDriver } from './room-driver.ts'

describe('the driver of a wire with a middle', () => {
  const room = new Room()
  let port: number
  beforeAll(async () => {
    port = await room.listen()
  })
  afterAll(() => room.close())

  for (const { id, title, run } of driverRules) {
    it(`${id} ${title}`, () => run({ driver: self => new RoomDriver(port, { ...self, clock: systemClock }) }))
  }
})

testTransport(harness)
testTransport(inProcesses(harness, new URL('./harness.ts', import.meta.url)), { codecs: ['json'] })

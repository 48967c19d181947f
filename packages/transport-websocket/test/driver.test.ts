import { systemClock, systemRandom } from '@sm/core/transport'
import { driverRules } from '@sm/mesh/testing'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { connectToHub, toHubUrl } from '../src/client/connect.ts'
import { WebSocketDriver } from '../src/client/websocket-driver.ts'
import { createHub, type Hub } from '../src/index.ts'

let hub: Hub
let url: string
beforeAll(async () => {
  hub = createHub()
  url = await hub.listen({ port: 0 })
})
afterAll(() => hub.close())

describe('the driver of websocket', () => {
  for (const { id, title, run } of driverRules) {
    it(`${id} ${title}`, () =>
      run({
        driver: self =>
          new WebSocketDriver(
            {
              connect: signal => connectToHub(toHubUrl(url), {}, systemClock, signal),
              token: undefined,
              mesh: {},
            },
            { ...self, clock: systemClock, random: systemRandom },
          ),
      }))
  }
})

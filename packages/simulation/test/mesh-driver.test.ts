import { createSeededRandom, systemClock } from '@sm/core/transport'
import { driverRules } from '@sm/mesh/testing'
import { describe, it } from 'vitest'
import { Segment } from '../src/mesh/segment.ts'
import { SimulatedMeshDriver } from '../src/mesh/simulated-mesh-driver.ts'
import { Endpoint } from '../src/network/endpoint.ts'
import { Network } from '../src/network/network.ts'

describe('the simulated driver of a mesh', () => {
  it.each(driverRules.map(rule => [`${rule.id} ${rule.title}`, rule] as const))('%s', (_title, rule) => {
    const network = new Network({
      ...{ clock: systemClock, random: createSeededRandom(1), delayMs: { minMs: 0, maxMs: 2 } },
    })
    const segment = new Segment(network, 1_000)
    return rule.run({
      driver: self => new SimulatedMeshDriver(network, segment, new Endpoint(self.instance), self),
    })
  })
})

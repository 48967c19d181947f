import { createSeededRandom } from '@sm/core/transport'
import { EventLoop } from '../src/clock/event-loop.ts'
import { Endpoint } from '../src/network/endpoint.ts'
import { Network } from '../src/network/network.ts'

/** A network under virtual time, on which every message takes 5 ms, and two processes on it. */
export function makeNetwork(seed = 1) {
  const loop = new EventLoop({ startMs: 0, maxEvents: 1_000_000 })
  const network = new Network({ clock: loop, random: createSeededRandom(seed), delayMs: { minMs: 5, maxMs: 5 } })
  return { loop, network, a: new Endpoint('a'), b: new Endpoint('b') }
}

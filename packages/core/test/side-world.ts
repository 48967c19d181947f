import type { AgentOptions } from '../src/settings/index.ts'
import { type SideOptions, sideTransport } from './side-transport.ts'
import { testWorld } from './test-world.ts'

let sides = 0

/** Agents that reach each other by memory and by a side transport, each with what it is given. */
export function sideWorld(options: SideOptions = {}) {
  const world = testWorld()
  const side = sideTransport(`side-${++sides}`, options)
  const name = side.transport.definition.name
  const both = { transports: ['memory', side.transport()] } satisfies AgentOptions
  const sideOnly = { transports: [side.transport()] } satisfies AgentOptions
  return { ...world, side, name, both, sideOnly }
}

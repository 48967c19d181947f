import type { Metrics, Resource } from '../messages.ts'
import { createCpuReader } from './cpu.ts'
import { createDiskReader } from './disk.ts'
import { createMemoryReader } from './memory.ts'
import { createNetworkReader } from './network.ts'

/** How each resource is read. A reader remembers its last reading, so each probe has its own. */
export const createReader: Readonly<Record<Resource, () => () => Promise<Metrics>>> = {
  cpu: createCpuReader,
  memory: createMemoryReader,
  disk: createDiskReader,
  network: createNetworkReader,
}

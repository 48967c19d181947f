/** The transport between agents of one process. Agents that are given no other load it by themselves. */
export { memoryDeadLetters } from './hub.ts'
export { memory } from './memory.ts'
export type { MemoryTransportOptions } from './memory-transport.ts'

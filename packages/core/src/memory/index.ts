export { type DeadLetter, memoryDeadLetters } from './hub.ts'
export { memory } from './memory.ts'
export type { MemoryTransportOptions } from './memory-transport.ts'

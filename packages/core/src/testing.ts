/** What tests of applications and transports import: time and chance that they control. */
export { createSeededRandom, createVirtualClock, type VirtualClock } from './kernel/index.ts'

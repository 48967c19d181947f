/** The imports of tests of applications and transports: time and chance that they control. */
export { createSeededRandom, createVirtualClock, type VirtualClock } from './kernel/index.ts'

import * as consuming from './consuming.ts'
import * as membership from './membership.ts'
import * as publishing from './publishing.ts'
import type { Script } from './script.ts'

export * from './consuming.ts'
export * from './membership.ts'
export * from './publishing.ts'
export { consumerGroup, maxBatches, type Script } from './script.ts'

/** Every script, to be loaded when a connection is made. */
export const scripts: readonly Script[] = [consuming, membership, publishing].flatMap(module => Object.values(module))

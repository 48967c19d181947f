import type { MemoryTransportOptions } from './memory/index.ts'

/**
 * Options of each transport by its name. A transport package adds its own, so that importing it types the
 * `transports` of an agent:
 *
 * @example
 * declare module '@sm/core/options' {
 *   interface TransportOptionsMap { redis: RedisTransportOptions }
 * }
 */
export interface TransportOptionsMap {
  memory: MemoryTransportOptions
}

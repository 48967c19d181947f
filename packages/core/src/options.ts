/**
 * Options of each transport by its name. A transport package adds its own, so that importing it types the
 * `transports` of an agent:
 *
 * @example
 * declare module '@sm/core/options' {
 *   interface TransportOptionsMap { redis: RedisTransportOptions }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by augmentation.
export interface TransportOptionsMap {}

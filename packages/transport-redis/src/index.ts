export type { ConnectionRole } from './connection.ts'
export { redisCatalogue } from './errors.ts'
export type { RedisServer, RedisTransportOptions } from './options.ts'
export { redis } from './redis.ts'

export type { Client, ConnectionRole } from './connection.ts'
export { redisCatalogue } from './errors.ts'
export type { RedisTransportOptions } from './options.ts'
export { redis } from './redis.ts'

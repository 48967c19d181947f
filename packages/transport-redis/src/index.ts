export { redisCatalogue } from './errors.ts'
export type { ConnectionRole, RedisServer, RedisTransportOptions } from './options.ts'
export { redis } from './redis.ts'

import { BrokeredTransport, brokeredOptionNames } from '@sm/brokered'
import { defineTransport } from '@sm/core/transport'
import { capabilities } from './capabilities.ts'
import { fromUrl, type RedisTransportOptions, toTargets } from './options.ts'
import { RedisDriver } from './redis-driver.ts'

declare module '@sm/core/options' {
  interface TransportOptionsMap {
    redis: RedisTransportOptions
  }
}

/** The transport over Redis: pub/sub at most once, Streams at least once. */
export const redis = defineTransport<RedisTransportOptions>({
  name: 'redis',
  contract: '1.0',
  version: '0.1.0',
  rank: 30,
  schemes: ['redis', 'rediss'],
  capabilities,
  options: {
    ...brokeredOptionNames,
    ...{ url: true, username: true, password: true, tls: true, client: true, connect: true, maxDeadLetters: true },
  },
  fromUrl,
  create(options, context) {
    // Refused here, and not when it is started.
    toTargets(options)
    return new BrokeredTransport(
      { name: 'redis', capabilities, driver: settings => new RedisDriver(options, settings, context) },
      options,
      context,
    )
  },
})

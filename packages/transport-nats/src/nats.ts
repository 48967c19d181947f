import { BrokeredTransport, brokeredOptionNames } from '@sm/brokered'
import { defineTransport } from '@sm/core/transport'
import { capabilities } from './capabilities.ts'
import { NatsDriver } from './nats-driver.ts'
import { fromUrl, type NatsTransportOptions, toNatsSettings } from './options.ts'

declare module '@sm/core/options' {
  interface TransportOptionsMap {
    nats: NatsTransportOptions
  }
}

/** The transport over NATS: core subjects at most once, JetStream at least once. */
export const nats = defineTransport<NatsTransportOptions>({
  name: 'nats',
  contract: '1.0',
  version: '0.1.0',
  rank: 50,
  schemes: ['nats', 'natss'],
  capabilities,
  options: {
    ...brokeredOptionNames,
    ...{ url: true, user: true, password: true, token: true, nkeySeed: true, credentialsFile: true, credentials: true },
    ...{ tls: true, replicas: true, maxStreamBytes: true, inboxPrefix: true },
  },
  fromUrl,
  create(options, context) {
    const own = toNatsSettings(options)
    return new BrokeredTransport(
      { name: 'nats', capabilities, driver: settings => new NatsDriver({ ...settings, ...own }, context) },
      options,
      context,
    )
  },
})

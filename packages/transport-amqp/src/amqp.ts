import { BrokeredTransport, brokeredOptionNames } from '@sm/brokered'
import { defineTransport } from '@sm/core/transport'
import { AmqpDriver } from './amqp-driver.ts'
import { capabilities } from './capabilities.ts'
import { type AmqpTransportOptions, fromUrl, toAmqpSettings } from './options.ts'

declare module '@sm/core/options' {
  interface TransportOptionsMap {
    amqp: AmqpTransportOptions
  }
}

/** The transport over RabbitMQ: a topic exchange, a queue for each group, publisher confirms and manual acks. */
export const amqp = defineTransport<AmqpTransportOptions>({
  name: 'amqp',
  contract: '1.0',
  version: '0.1.0',
  rank: 60,
  schemes: ['amqp', 'amqps'],
  capabilities,
  options: {
    ...brokeredOptionNames,
    ...{ url: true, user: true, password: true, vhost: true, tls: true, queues: true },
  },
  fromUrl,
  create(options, context) {
    const settings = toAmqpSettings(options)
    const driver = () => new AmqpDriver(settings, context)
    return new BrokeredTransport({ name: 'amqp', capabilities, driver }, options, context)
  },
})

export { amqp } from './amqp.ts'
export { amqpCatalogue } from './errors.ts'
export type { AmqpTlsOptions, AmqpTransportOptions } from './options.ts'

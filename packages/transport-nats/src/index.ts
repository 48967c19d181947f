export { natsCatalogue } from './errors.ts'
export { nats } from './nats.ts'
export type { NatsTlsOptions, NatsTransportOptions } from './options.ts'

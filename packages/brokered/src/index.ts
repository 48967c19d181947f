export { type BrokeredDefinition, BrokeredTransport } from './brokered-transport.ts'
export { Reconnects } from './connection/reconnects.ts'
export { safeUrl } from './connection/safe-url.ts'
export { ageFromExpiringBroker, lifeLeftMs } from './consuming/age.ts'
export type { BrokerDriver, BrokerHost, Consumption, Sink } from './driver.ts'
export { brokerCatalogue, brokerError } from './errors.ts'
export {
  type BrokeredOptions,
  type BrokeredSettings,
  brokeredOptionNames,
  type FrameFormat,
  toBrokeredSettings,
} from './options.ts'
export { PendingPublish } from './publishing/pending-publish.ts'
export { boundedName } from './wire/bounded-name.ts'
export { ReadHeaderKinds, WrittenHeaderKinds } from './wire/header-kinds.ts'
export { fromTimestamp, toTimestamp } from './wire/timestamps.ts'

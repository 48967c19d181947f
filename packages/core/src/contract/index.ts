/** The contract of a transport: interfaces, with the rules on the members that they bind. */
export type { CloseOptions, SignalOptions } from './call-options.ts'
export type { Capabilities, Evidence, Reach } from './capabilities.ts'
export { contractVersion } from './contract-version.ts'
export type { TransportChoice, TransportDefinition, TransportFactory } from './definition.ts'
export type { DeadLetter, Delivery, NackOptions, RejectReason } from './delivery.ts'
export type { SubscriptionSpec, Target, TransportSubscription } from './subscription.ts'
export type {
  Peer,
  Route,
  Transport,
  TransportContext,
  TransportEvents,
  TransportHealth,
  TransportReceipt,
  TransportState,
} from './transport.ts'

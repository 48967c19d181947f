export {
  type Capabilities,
  type Demands,
  type Evidence,
  type Reach,
  requireSubscribable,
  type SubscriptionDemands,
  unmetDemand,
} from './capabilities.ts'
export { chooseTransports, type TransportsConfig } from './choose-transports.ts'
export { contractMismatch, requireCompatible } from './compatibility.ts'
export {
  type CloseOptions,
  contractVersion,
  type Delivery,
  type NackOptions,
  type Peer,
  publishOutcome,
  type Route,
  type SignalOptions,
  type SubscriptionSpec,
  type Transport,
  type TransportContext,
  type TransportEvents,
  type TransportHealth,
  type TransportReceipt,
  type TransportState,
  type TransportSubscription,
} from './contract.ts'
export { type DeadLetter, DeadLetters, type RejectReason } from './dead-letters.ts'
export { defineTransport } from './define-transport.ts'
export type { TransportChoice, TransportDefinition, TransportFactory } from './definition.ts'
export { type Settlement, SettleOnce, type Settler } from './delivery.ts'
export { Lifecycle } from './lifecycle.ts'
export { registeredTransports, registerTransport, transportForScheme, transportNamed } from './registry.ts'

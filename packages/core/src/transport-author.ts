/** The imports of authors of transports: the contract, and the parts that every transport needs. */
export * from './codec/index.ts'
export * from './contract/index.ts'
export {
  type Catalogue,
  defineErrors,
  describeThrown,
  isSmError,
  SmError,
  type SmErrorOptions,
  transportError as smError,
} from './errors/index.ts'
export * from './kernel/index.ts'
export * from './message/index.ts'
export {
  chooseTransports,
  contractMismatch,
  defineTransport,
  registeredTransports,
  registerTransport,
  requireCompatible,
  type TransportsConfig,
  transportForScheme,
  transportNamed,
} from './registry/index.ts'
export * from './telemetry/index.ts'
export * from './transport-kit/index.ts'

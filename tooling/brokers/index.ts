export { brokerAbsence, isBrokerName } from './absence.ts'
export {
  type AmqpBroker,
  type Broker,
  BrokerError,
  type BrokerName,
  brokerNames,
  type NatsOptions,
  type RedisOptions,
} from './broker.ts'
export { freePort } from './ports.ts'
export { startBroker } from './start.ts'

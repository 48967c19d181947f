import { expect, it } from 'vitest'
import { brokerAbsence } from './absence.ts'

it('lets tests use every broker by default', () => {
  expect(brokerAbsence('amqp', {})).toBeUndefined()
  expect(brokerAbsence('amqp', { SM_TEST_BROKERS: ' ' })).toBeUndefined()
})

it('says why a broker that is left out is absent', () => {
  const env = { SM_TEST_BROKERS: 'redis, nats' }
  expect(brokerAbsence('nats', env)).toBeUndefined()
  expect(brokerAbsence('amqp', env)).toBe('SM_TEST_BROKERS is redis, nats, which leaves amqp out')
  expect(brokerAbsence('redis', { SM_TEST_BROKERS: 'none' })).toBe('SM_TEST_BROKERS is none, which leaves redis out')
})

it('refuses a list that names what there is not', () => {
  expect(() => brokerAbsence('redis', { SM_TEST_BROKERS: 'redis,rabbitmq' })).toThrow('"rabbitmq"')
})

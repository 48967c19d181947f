import { afterAll, beforeAll, describe, it } from 'vitest'
import { brokerAbsence } from './absence.ts'
import type { BrokerName, BrokerOptions, BrokerTypes } from './broker.ts'
import { startBroker } from './start.ts'

/** A first start may have to install the server. */
const hookTimeoutMs = 300_000

/** A `describe` whose tests start this broker. Where SM_TEST_BROKERS leaves it out, they are reported as not run. */
export function describeIfAllowed(name: BrokerName, title: string, tests: () => void): void {
  const absence = brokerAbsence(name)
  describe(title, absence === undefined ? tests : () => it.skip(`not run: ${absence}`))
}

/**
 * A `describe` whose tests share one server of their own, which is there when its hooks run. Where SM_TEST_BROKERS leaves
 * the broker out, its tests are reported as not run, with that reason.
 *
 * @example
 * describeWithBroker('redis', {}, redis => {
 *   it('keeps what it is told', () => talkTo(redis().url))
 * })
 */
export function describeWithBroker<N extends BrokerName>(
  name: N,
  options: BrokerOptions[N],
  tests: (broker: () => BrokerTypes[N]) => void,
): void {
  describeIfAllowed(name, `on ${name}`, () => {
    let broker: BrokerTypes[N] | undefined
    beforeAll(async () => {
      broker = await startBroker(name, options)
    }, hookTimeoutMs)
    afterAll(() => broker?.stop())
    tests(() => {
      if (broker === undefined) throw new TypeError('The broker is there once the hooks of the tests run')
      return broker
    })
  })
}

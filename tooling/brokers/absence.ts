import { type BrokerName, brokerNames } from './broker.ts'

/** Whether it is the name of a broker. */
export function isBrokerName(name: string): name is BrokerName {
  return (brokerNames as readonly string[]).includes(name)
}

/**
 * Why tests must do without this broker: somebody has said so with SM_TEST_BROKERS, a list of those that may be used, or
 * `none`. Undefined when it may be used, as by default all may. Throws when the list names what there is not.
 */
export function brokerAbsence(
  name: BrokerName,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const allowed = env.SM_TEST_BROKERS?.trim() ?? ''
  if (allowed === '') return undefined
  const names = allowed === 'none' ? [] : allowed.split(',').map(one => one.trim())
  const unknown = names.find(one => !isBrokerName(one))
  if (unknown !== undefined) {
    const known = brokerNames.join(', ')
    throw new Error(`SM_TEST_BROKERS takes names out of ${known} with commas between them, or none, not "${unknown}"`)
  }
  return names.includes(name) ? undefined : `SM_TEST_BROKERS is ${allowed}, which leaves ${name} out`
}

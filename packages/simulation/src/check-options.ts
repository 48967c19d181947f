import { strayOption } from '@sm/core/transport'
import { simulationError } from './errors.ts'

/** Throws `SM_SIMULATION_OPTIONS` for an option that there is not: a slip in a name would leave a default in force. */
export function checkOptions(what: string, options: object, known: Readonly<Record<string, true>>): void {
  const stray = strayOption(options, new Set(Object.keys(known)))
  if (stray === undefined) return
  const text = `${what} has no option ${JSON.stringify(stray)} (it has ${Object.keys(known).join(', ')})`
  throw simulationError('SM_SIMULATION_OPTIONS', text, { details: { option: stray } })
}

/** Throws `SM_SIMULATION_OPTIONS` for a number that is not one of `min` or more. */
export function checkNumber(name: string, value: number, min: number): number {
  if (typeof value === 'number' && value >= min && value < Number.POSITIVE_INFINITY) return value
  const text = `The option ${name} is ${JSON.stringify(value)}, which is not a number of ${min} or more`
  throw simulationError('SM_SIMULATION_OPTIONS', text, { details: { option: name } })
}

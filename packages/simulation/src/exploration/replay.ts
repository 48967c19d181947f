import { simulationError } from '../errors.ts'
import type { Chooser, Option } from './choosing-loop.ts'

/** Chooses as an earlier run did. */
export class Replay implements Chooser {
  readonly #choices: readonly number[]
  #made = 0

  constructor(choices: readonly number[]) {
    this.#choices = choices
  }

  choose(options: readonly Option[]): number {
    if (options.length === 1) return 0
    const choice = this.#choices[this.#made] ?? 0
    this.#made += 1
    if (choice < options.length) return choice
    const what = `Choice ${this.#made} is number ${choice} of ${options.length}: the schedule belongs to another exploration`
    throw simulationError('SM_SIMULATION_WANDERS', what)
  }

  ran(): void {}
}

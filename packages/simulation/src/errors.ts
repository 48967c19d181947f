import { type Catalogue, defineErrors } from '@sm/core/transport'

/** Every code of simulations, with its meaning and remedy. */
export const simulationCatalogue = {
  SM_SIMULATION_OPTIONS: {
    meaning: 'An option of a simulation is missing, unknown or out of range.',
    remedy: 'See the message for the option, and change it.',
    retryable: false,
  },
  SM_SIMULATION_FAILED: {
    meaning: 'A simulated run broke a rule.',
    remedy: 'Run the command in the message: it replays the same run, to the last event.',
    retryable: false,
  },
  SM_SIMULATION_ENDLESS: {
    meaning: 'So much happened within one simulated instant, or within one run, that it seems not to end.',
    remedy: 'Look for a loop in an agent that waits for no time, or raise maxEvents.',
    retryable: false,
  },
  SM_SIMULATION_UNFINISHED: {
    meaning: 'An exploration has made as many runs as it may, and has not walked every order of events.',
    remedy:
      'Raise maxRuns, or make the world smaller: fewer agents, messages, faults, or times at which a fault may begin.',
    retryable: false,
  },
  SM_SIMULATION_WANDERS: {
    meaning: 'The same choices have led an exploration to another place.',
    remedy:
      'Take time, chance and ids from the AgentProcess, do no I/O, and keep nothing outside of processes; a schedule belongs to one world.',
    retryable: false,
  },
  SM_SIMULATION_UNREACHABLE: {
    meaning: 'Nobody answers at the other end of the simulated network.',
    remedy: 'Nothing need be done: the process has ended, or a simulated fault keeps the two apart.',
    retryable: true,
  },
} as const satisfies Catalogue

/** Makes an error of the catalogue of simulations. */
export const simulationError = defineErrors(simulationCatalogue)

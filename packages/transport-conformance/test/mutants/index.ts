import { acknowledgement } from './acknowledgement.ts'
import { agents } from './agents.ts'
import { capabilities } from './capabilities.ts'
import { delivery } from './delivery.ts'
import { faults } from './faults.ts'
import { fidelity } from './fidelity.ts'
import { flow } from './flow.ts'
import { lifecycle } from './lifecycle.ts'
import type { Mutant } from './mutant.ts'
import { order } from './order.ts'
import { presence } from './presence.ts'
import { requests } from './requests.ts'
import { shutdown } from './shutdown.ts'

/** Transports that each do one thing wrong. */
export const mutants: readonly Mutant[] = [
  ...[...lifecycle, ...capabilities, ...fidelity, ...delivery, ...presence, ...acknowledgement],
  ...[...order, ...flow, ...requests, ...agents, ...faults, ...shutdown],
]

import type { ConformanceCase } from '../conformance-case.ts'
import { acknowledgement } from './acknowledgement.ts'
import { agents } from './agents.ts'
import { capabilities } from './capabilities.ts'
import { delivery } from './delivery.ts'
import { faults } from './faults.ts'
import { fidelity } from './fidelity.ts'
import { flow } from './flow.ts'
import { lifecycle } from './lifecycle.ts'
import { order } from './order.ts'
import { presence } from './presence.ts'
import { requests } from './requests.ts'
import { shutdown } from './shutdown.ts'

/** Every rule of the contract as a case, in the order of the contract. */
export const cases: readonly ConformanceCase[] = [
  ...lifecycle,
  ...capabilities,
  ...fidelity,
  ...delivery,
  ...presence,
  ...acknowledgement,
  ...order,
  ...flow,
  ...requests,
  ...agents,
  ...faults,
  ...shutdown,
]

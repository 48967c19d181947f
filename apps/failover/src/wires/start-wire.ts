import type { WireName } from '../faults.ts'
import { startBrokerWire } from './broker-wire.ts'
import type { FailingWire } from './failing-wire.ts'
import { startPipesWire } from './pipes-wire.ts'

/** Starts a wire for the agents of a namespace. `withLine`: what is between the sender and a broker can fail as well. */
export async function startWire(name: WireName, namespace: string, withLine: boolean): Promise<FailingWire> {
  return name === 'named-pipes' ? startPipesWire(namespace) : startBrokerWire(name, withLine)
}

import { type Capabilities, contractVersion, isPromise, type TransportChoice } from '@sm/core/transport'
import { DeferredTransport } from './deferred-transport.ts'
import type { TransportHarness } from './harness.ts'

/** The transport of a harness as an agent takes it. */
export function agentChoice(harness: TransportHarness, capabilities: Capabilities): TransportChoice<never> {
  const { name } = harness
  return {
    definition: {
      name,
      contract: contractVersion,
      version: '0.0.0',
      rank: 0,
      schemes: [],
      capabilities,
      create(_, context) {
        const opened = harness.open(context)
        return isPromise(opened) ? new DeferredTransport(name, capabilities, opened) : opened
      },
    },
    options: {} as never,
  }
}

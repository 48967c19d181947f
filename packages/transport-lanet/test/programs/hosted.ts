/** A process that has the transport of one end of the conformance suite. */
import { serveTransport } from '../../../../tooling/test/remote/serve-transport.ts'
import type { LanetTransportOptions } from '../../src/options.ts'
import { createFaultyLanet } from '../faulty-lanet.ts'

serveTransport((setting, context, weather) => {
  const { base, options } = setting as { base: string; options: LanetTransportOptions }
  return createFaultyLanet(base, options, context, weather)
})

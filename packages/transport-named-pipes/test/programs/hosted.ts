/** A process that has the transport of one end of the conformance suite. */
import { type MeshOptions, MeshTransport } from '@sm/mesh'
import { FaultyDriver } from '../../../../tooling/test/faulty-driver.ts'
import { serveTransport } from '../../../../tooling/test/remote/serve-transport.ts'
import { capabilities } from '../../src/capabilities.ts'
import { FifoDriver } from '../../src/fifo-driver.ts'

serveTransport((setting, context, weather) => {
  const { base, options } = setting as { base: string; options: MeshOptions }
  const driver = new FaultyDriver(new FifoDriver({ base, pollMs: 200 }, context), weather)
  return new MeshTransport({ name: 'named-pipes', capabilities, driver }, options, context)
})

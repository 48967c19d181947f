import { join } from 'node:path'
import type { TransportContext } from '@sm/core/transport'
import { MeshTransport, toMeshSettings } from '@sm/mesh'
import { FaultyDriver, type Weather } from '../../../tooling/test/faulty-driver.ts'
import { capabilities } from '../src/capabilities.ts'
import { LanetDriver } from '../src/lanet-driver.ts'
import { type LanetTransportOptions, toLinkSettings } from '../src/options.ts'
import { FileDiscovery } from './file-discovery.ts'

/** The lanet transport on one machine, whose links suffer from the weather; `base` is for its keys and its board. */
export function createFaultyLanet(
  base: string,
  given: LanetTransportOptions,
  context: TransportContext,
  weather: Weather,
): MeshTransport {
  const { maxFrameBytes } = capabilities
  const options = { host: '127.0.0.1', keyDirectory: join(base, 'keys'), maxFrameBytes, ...given }
  const { handshakeMs } = toMeshSettings(options)
  const discovery = () => new FileDiscovery(join(base, 'board'))
  const driver = new LanetDriver({ links: toLinkSettings(options), keys: options, handshakeMs, discovery }, context)
  return new MeshTransport({ name: 'lanet', capabilities, driver: new FaultyDriver(driver, weather) }, options, context)
}

import { defineTransport } from '@sm/core/transport'
import { type MeshOptions, MeshTransport, meshOptionNames } from '@sm/mesh'
import { capabilities } from './capabilities.ts'
import { TemplateMeshDriver } from './template-mesh-driver.ts'

/** Options of the template-mesh transport. All have defaults. */
export interface TemplateMeshTransportOptions extends MeshOptions {
  /** Directory in which agents meet, from the root. Default: one of this user in the temp directory. */
  readonly directory?: string
  /** How often the directory is looked through in case a change was missed, in milliseconds. Default 1,000. */
  readonly pollMs?: number
}

// Types `transports: { 'template-mesh': … }` of every agent, as soon as this package is imported.
declare module '@sm/core/options' {
  interface TransportOptionsMap {
    'template-mesh': TemplateMeshTransportOptions
  }
}

/** The template-mesh transport. Importing it registers it. */
export const templateMesh = defineTransport<TemplateMeshTransportOptions>({
  name: 'template-mesh',
  contract: '1.0',
  version: '0.1.0',
  // TODO its place on the ladder: of the transports that reach an address, the one with the lowest rank is taken.
  rank: 80,
  // TODO URL schemes, with a fromUrl that makes options of a URL.
  schemes: [],
  capabilities,
  // An option that is not named here is refused.
  options: { ...meshOptionNames, directory: true, pollMs: true },
  create({ directory, pollMs = 1_000, ...options }, context) {
    const driver = new TemplateMeshDriver({ directory, pollMs }, context)
    return new MeshTransport({ name: 'template-mesh', capabilities, driver }, options, context)
  },
})

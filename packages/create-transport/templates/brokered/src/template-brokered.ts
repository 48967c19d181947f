import { type BrokeredOptions, BrokeredTransport, brokeredOptionNames } from '@sm/brokered'
import { defineTransport } from '@sm/core/transport'
import { capabilities } from './capabilities.ts'
import { LoopbackBroker } from './loopback/loopback-broker.ts'
import { TemplateBrokeredDriver } from './template-brokered-driver.ts'

/** Options of the template-brokered transport. All have defaults. */
export interface TemplateBrokeredTransportOptions extends BrokeredOptions {
  /** Which broker of this process. TODO yours has a URL, credentials, TLS. Default `default`. */
  readonly broker?: string
}

// Types `transports: { 'template-brokered': … }` of every agent, as soon as this package is imported.
declare module '@sm/core/options' {
  interface TransportOptionsMap {
    'template-brokered': TemplateBrokeredTransportOptions
  }
}

/** The template-brokered transport. Importing it registers it. */
export const templateBrokered = defineTransport<TemplateBrokeredTransportOptions>({
  name: 'template-brokered',
  contract: '1.0',
  version: '0.1.0',
  // TODO its place on the ladder: of the transports that reach an address, the one with the lowest rank is taken.
  rank: 80,
  // TODO URL schemes, with a fromUrl that makes options of a URL.
  schemes: [],
  capabilities,
  // An option that is not named here is refused.
  options: { ...brokeredOptionNames, broker: true },
  create({ broker = 'default', ...options }, context) {
    const loopback = LoopbackBroker.named(broker)
    return new BrokeredTransport(
      {
        name: 'template-brokered',
        capabilities,
        driver: settings => new TemplateBrokeredDriver(loopback, settings, context),
      },
      options,
      context,
    )
  },
})

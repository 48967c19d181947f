import { isSmError, smError, type Transport } from '@sm/core/transport'
import { override } from '../override.ts'
import type { WiredTransport } from '../wired.ts'
import type { Mutant } from './mutant.ts'

/** Changes a wired transport in one of the places that it has for this. */
const wired = (change: (transport: WiredTransport) => void) => (transport: Transport) => {
  change(transport as WiredTransport)
  return transport
}

export const faults: readonly Mutant[] = [
  {
    name: 'claims success for a publish that was cut off',
    base: 'wired',
    breaks: ['FLT-01'],
    mutate: wired(transport => {
      transport.interrupted = async () => ({ evidence: 'accepted' })
    }),
  },
  {
    name: 'claims failure for a publish whose word was cut off',
    base: 'wired',
    breaks: ['FLT-01', 'FLT-04'],
    mutate: wired(transport => {
      transport.interrupted = async () => {
        throw smError('SM_PUBLISH_FAILED', 'The wire was cut', { details: { outcome: 'failed' } })
      }
    }),
  },
  {
    name: 'forgets its subscriptions in a cut',
    base: 'wired',
    breaks: ['FLT-01', 'FLT-02'],
    mutate: wired(transport => {
      transport.comesBack = () => false
    }),
  },
  {
    name: 'forgets its inbox in a cut',
    base: 'wired',
    breaks: ['FLT-02'],
    mutate: wired(transport => {
      transport.comesBack = ({ target }) => target.kind === 'pattern'
    }),
  },
  {
    name: 'does not notice that nothing passes',
    base: 'wired',
    breaks: ['FLT-03'],
    mutate: wired(transport => {
      transport.notices = false
    }),
  },
  {
    name: 'hangs in a publish that was cut off',
    base: 'wired',
    breaks: ['FLT-01', 'FLT-04', 'FLT-07'],
    mutate: wired(transport => {
      transport.interrupted = () => new Promise(() => {})
    }),
  },
  {
    name: 'does not notice that a frame was lost on the way',
    base: 'wired',
    breaks: ['FLT-06'],
    mutate: wired(transport => {
      transport.noticesLoss = false
    }),
  },
  {
    name: 'publishes anew what may have arrived',
    base: 'wired',
    breaks: ['FLT-07'],
    mutate: inner =>
      override(inner, {
        async publish(frame, address, options) {
          for (let tries = 1; ; tries++) {
            try {
              return await inner.publish(frame, address, options)
            } catch (error) {
              if (tries === 3 || !isSmError(error) || error.code !== 'SM_PUBLISH_FAILED') throw error
            }
          }
        },
      }),
  },
  {
    name: 'tells of no outage',
    base: 'wired',
    breaks: ['FLT-05'],
    mutate: inner =>
      override(inner, {
        on: (name, listener) =>
          inner.on(name, event => {
            if (!('state' in event) || event.state !== 'degraded') listener(event)
          }),
      }),
  },
]

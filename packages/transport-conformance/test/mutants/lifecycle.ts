import type { TransportReceipt } from '@sm/core/transport'
import { override } from '../override.ts'
import type { Mutant } from './mutant.ts'

const nobody: TransportReceipt = { evidence: 'none' }

export const lifecycle: readonly Mutant[] = [
  {
    name: 'starts before it is asked to',
    breaks: ['LIFE-01'],
    mutate: inner =>
      override(inner, {
        get state() {
          return inner.state === 'idle' ? 'starting' : inner.state
        },
      }),
  },
  {
    name: 'cannot be started a second time',
    breaks: ['LIFE-02'],
    mutate(inner) {
      let starts = 0
      return override(inner, {
        start: async options => {
          if (starts++ > 0) throw new Error('already started')
          await inner.start(options)
        },
      })
    },
  },
  {
    name: 'has the second stop() resolve at once',
    breaks: ['LIFE-03'],
    mutate(inner) {
      let stops = 0
      return override(inner, { stop: options => (stops++ === 0 ? inner.stop(options) : Promise.resolve()) })
    },
  },
  {
    name: 'starts again after a stop',
    breaks: ['LIFE-04'],
    mutate: inner =>
      override(inner, {
        start: async options => {
          if (inner.state !== 'stopped') await inner.start(options)
        },
      }),
  },
  {
    name: 'drops what is published before the start',
    breaks: ['LIFE-05'],
    mutate: inner =>
      override(inner, { publish: (...given) => (inner.state === 'idle' ? nobody : inner.publish(...given)) }),
  },
  {
    name: 'drops what is published after the stop',
    breaks: ['LIFE-06'],
    mutate: inner =>
      override(inner, { publish: (...given) => (inner.state === 'stopped' ? nobody : inner.publish(...given)) }),
  },
  {
    name: 'lets one subscribe after the stop',
    breaks: ['LIFE-06'],
    mutate: inner =>
      override(inner, {
        subscribe: (...given) =>
          inner.state === 'stopped'
            ? { ready: Promise.resolve(), close: () => Promise.resolve() }
            : inner.subscribe(...given),
      }),
  },
  {
    name: 'starts although its signal has aborted',
    breaks: ['LIFE-07'],
    mutate: inner => override(inner, { start: () => inner.start() }),
  },
  {
    name: 'forgets a state event',
    breaks: ['LIFE-08'],
    mutate: inner =>
      override(inner, {
        on: (name, listener) =>
          inner.on(name, event => {
            if (!('state' in event) || event.state !== 'stopping') listener(event)
          }),
      }),
  },
  {
    name: 'has no health once it has stopped',
    breaks: ['LIFE-09'],
    mutate: inner =>
      override(inner, {
        health() {
          if (inner.state === 'stopped') throw new Error('there is nothing to ask')
          return inner.health()
        },
      }),
  },
]

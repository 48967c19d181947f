import { EventEmitter } from 'node:events'
import type { OpenOneWay } from '../one-way.ts'
import type { Sample } from '../payload.ts'

/** The event emitter of Node: listeners are called by `emit`, one after the other. */
export const eventEmitterOneWay: OpenOneWay = async (handle, subscribers) => {
  const emitter = new EventEmitter()
  for (let i = 0; i < subscribers; i++) emitter.on('sample', (sample: Sample) => handle(sample))
  return {
    publish(sample) {
      emitter.emit('sample', sample)
      return undefined
    },
    close: async () => {},
  }
}

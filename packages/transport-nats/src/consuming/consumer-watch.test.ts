import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream'
import { expect, it } from 'vitest'
import { consumerWatch } from './consumer-watch.ts'
import type { Pulls } from './pulls.ts'

/** The description of a consumer, and the outcome of a look at it. */
async function lookAt(
  ...infos: { leader?: string; pending?: number; waiting?: number; comes?: number; code?: number }[]
) {
  const told: string[] = []
  const pulls = { asked: 3, forget: () => void told.push('forget') }
  let place = 0
  const look = consumerWatch({
    pulls: pulls as unknown as Pulls,
    gone: () => void told.push('gone'),
    async info() {
      const { leader = 'a', pending = 0, waiting = 1, comes = 0, code } = infos[place++] ?? {}
      pulls.asked -= comes
      if (code !== undefined) throw new JetStreamApiError({ code: 404, err_code: code, description: 'no' })
      return { cluster: { name: 'c', leader }, num_pending: pending, num_waiting: waiting }
    },
  })
  for (const _ of infos) await look()
  return told
}

it('forgets requests of which the consumer knows nothing', async () => {
  expect(await lookAt({}, { pending: 1 }, { waiting: 0 })).toEqual([])
  expect(await lookAt({ pending: 1, waiting: 0 })).toEqual(['forget'])
  expect(await lookAt({ pending: 1, waiting: 0, comes: 1 })).toEqual([])
})

it('forgets requests to a server that does not lead any more', async () => {
  expect(await lookAt({ leader: 'a' }, { leader: 'a' })).toEqual([])
  expect(await lookAt({ leader: 'a' }, { leader: 'b' }, { leader: 'b' })).toEqual(['forget'])
})

it('tells that the consumer is gone, and of nothing else that goes wrong', async () => {
  expect(await lookAt({ code: JetStreamApiCodes.ConsumerNotFound })).toEqual(['gone'])
  expect(await lookAt({ code: JetStreamApiCodes.StreamNotFound })).toEqual(['gone'])
  expect(await lookAt({ code: 10_008 })).toEqual([])
})

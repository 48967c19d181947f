import { createVirtualClock } from '@sm/core/testing'
import { createSeededRandom } from '@sm/core/transport'
import type { Answer, FoundBy, Probe } from '../../src/discovery/discovery.ts'
import { Prober } from '../../src/discovery/prober.ts'

/** The answer at an address: an instance, a refusal, or silence where there is no entry. */
export type Residents = Map<string, string | Error>

/** A network in virtual time, and a prober that knocks at its doors. */
export function createNeighbourhood(residents: Residents = new Map()) {
  const clock = createVirtualClock()
  const random = createSeededRandom(3)
  const self = {
    namespace: 'home',
    agent: 'self',
    instance: 'SELF',
    wire: '1.0',
    fingerprint: '',
    network: '',
    port: 1,
  }
  const knocks: string[] = []
  const found: Array<readonly [instance: string, address: string, by: FoundBy]> = []
  const state = { namespace: 'home', open: 0, most: 0 }
  const probe: Probe = (address, signal) => {
    knocks.push(address)
    state.open += 1
    state.most = Math.max(state.most, state.open)
    return new Promise<Answer>((resolve, reject) => {
      const resident = residents.get(address)
      const { namespace } = state
      if (typeof resident === 'string') resolve({ namespace, agent: 'peer', instance: resident, fingerprint: 'key' })
      else if (resident) reject(resident)
      else signal.addEventListener('abort', () => reject(signal.reason))
    }).finally(() => {
      state.open -= 1
    })
  }
  const onAnswer = ({ instance }: Answer, address: string, by: FoundBy) => void found.push([instance, address, by])
  const prober = new Prober({ clock, probe, self, onAnswer })
  return { clock, random, residents, knocks, found, state, prober }
}

/** The error of the system where nobody listens, as the link layer passes it on. */
export function refusal(): Error {
  return new Error('Nobody could be reached', { cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }) })
}

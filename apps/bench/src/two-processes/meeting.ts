import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Place } from '../pair.ts'
import type { PairName } from '../pairs/index.ts'
import type { Profile } from '../profile.ts'
import type { FarReport } from '../scenario.ts'
import { Far, type FarAssignment } from './far.ts'

/** The far processes of one subject, and the place where they wait for the near one. */
export class Meeting {
  readonly place: Place
  readonly #fars: readonly Far[]

  /** Starts the far processes. Resolves when all of them can be reached. */
  static async start(pair: PairName, role: FarAssignment['role'], far: number): Promise<Meeting> {
    const place = await createPlace(far)
    const starting = Array.from({ length: far }, (_, index) => Far.start({ pair, role, place, index }))
    return new Meeting(place, await Promise.all(starting))
  }

  private constructor(place: Place, fars: readonly Far[]) {
    this.place = place
    this.#fars = fars
  }

  /** Process ids of the far ends. */
  get pids(): readonly number[] {
    return this.#fars.map(({ pid }) => pid)
  }

  async begin(expected: number): Promise<void> {
    await Promise.all(this.#fars.map(far => far.ask({ kind: 'begin', expected })))
  }

  /** Resolves when every far end has handled all; throws when the numbers that one handled do not add up to `sum`. */
  async finish(sum?: number): Promise<FarReport> {
    const runs = await Promise.all(this.#fars.map(far => far.finish()))
    for (const run of runs) {
      if (sum !== undefined && run.sum !== sum) throw new Error(`A far end summed ${run.sum} instead of ${sum}`)
    }
    return {
      cpuUs: runs.reduce((total, { cpuUs }) => total + cpuUs, 0),
      rssBytes: Math.max(...runs.map(({ rssBytes }) => rssBytes)),
    }
  }

  /** Profiles the first of the far ends. What it returns ends the profile. */
  async profile(): Promise<(ops: number) => Promise<Profile>> {
    const far = this.#fars[0] as Far
    await far.ask({ kind: 'start-profile' })
    return async ops => (await far.ask({ kind: 'stop-profile', ops })) as Profile
  }

  async close(): Promise<void> {
    await Promise.all(this.#fars.map(far => far.ask({ kind: 'close' })))
    await rm(this.place.directory, { recursive: true, force: true })
  }
}

/** A place that nobody else uses. Its directory is to be removed. */
export async function createPlace(far: number): Promise<Place> {
  return { directory: await mkdtemp(join(tmpdir(), 'sm-bench-')), ports: await freePorts(far + 1), far }
}

/** Held all at once, so that no two of them are the same. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      server =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
        }),
    ),
  )
  await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  return ports
}

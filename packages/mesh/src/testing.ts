/** The imports of the tests of a driver: the rules of {@link MeshDriver} and {@link Connection}, each as a test. */
import assert from 'node:assert/strict'
import { createUlids, type MaybePromise, systemClock, systemRandom } from '@sm/core/transport'
import type { Connection } from './connection.ts'
import type { MeshDriver, Self, Sighting } from './driver.ts'

/** How to make drivers that find each other. */
export interface DriverHarness {
  /** Makes the driver of an agent that is not there yet. Drivers of one namespace find each other. */
  driver(self: Self): MaybePromise<MeshDriver>
  /** Longest time for what must happen, in milliseconds. Default 10,000. */
  readonly deadlineMs?: number
}

/** One rule, as a test. */
export interface DriverRule {
  /** `MESH-04`. */
  readonly id: string
  readonly title: string
  /** Throws unless the drivers keep the rule. */
  run(harness: DriverHarness): Promise<void>
}

const ids = createUlids(systemClock, systemRandom)
const turn = () => new Promise<void>(resolve => setImmediate(resolve))
const pollMs = 5

const bytesEachWay = 1_048_576
const pieceBytes = 65_536
/**
 * The words that each side writes as soon as it has a connection, as the mesh does with its hello: some drivers wait for them.
 */
const greetingBytes = 100

/** One end of a connection, opened, and what it was told. */
class End {
  readonly connection: Connection
  closed = 0
  #bytes = 0
  #written = 0
  #isOrdered = true
  #onDrain = () => {}

  constructor(connection: Connection) {
    this.connection = connection
    connection.open({
      data: chunk => this.#heard(chunk),
      drain: () => this.#onDrain(),
      closed: () => {
        this.closed += 1
      },
    })
  }

  /** How many bytes have come. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether they came as they were written. */
  get isOrdered(): boolean {
    return this.#isOrdered
  }

  /** Writes so many bytes as the other side expects them, and waits for room where there is none. */
  async write(count: number): Promise<void> {
    for (let at = 0; at < count; at += pieceBytes) {
      const length = Math.min(pieceBytes, count - at)
      const piece = Buffer.from(Array.from({ length }, (_, i) => (this.#written + i) % 251))
      this.#written += length
      const drained = new Promise<void>(resolve => {
        this.#onDrain = resolve
      })
      if (!this.connection.write(piece)) await drained
    }
  }

  #heard(chunk: Buffer): void {
    for (const byte of chunk) {
      if (byte !== this.#bytes % 251) this.#isOrdered = false
      this.#bytes += 1
    }
  }
}

/** Opens a connection, and greets. */
function open(connection: Connection): End {
  const end = new End(connection)
  void end.write(greetingBytes)
  return end
}

/** A driver at work, and what it has told. */
class Station {
  readonly self: Self
  readonly driver: MeshDriver
  readonly there = new Map<string, Sighting>()
  readonly accepted: End[] = []

  constructor(self: Self, driver: MeshDriver) {
    this.self = self
    this.driver = driver
  }

  async start(): Promise<this> {
    await this.driver.listen(
      connection => void this.accepted.push(open(connection)),
      () => undefined,
    )
    await this.driver.discover({
      found: sighting => void this.there.set(sighting.instance, sighting),
      lost: instance => void this.there.delete(instance),
    })
    return this
  }
}

/** Stations of one namespace, and means to wait. */
class World {
  readonly #harness: DriverHarness
  readonly #namespace = `drivers-${ids.next().toLowerCase()}`
  readonly #stations: Station[] = []

  constructor(harness: DriverHarness) {
    this.#harness = harness
  }

  async station(agent: string): Promise<Station> {
    const self = { namespace: this.#namespace, agent, instance: ids.next() }
    const station = new Station(self, await this.#harness.driver(self))
    this.#stations.push(station)
    return station.start()
  }

  /** Two stations, the first of which sees the second. */
  async pair(): Promise<readonly [Station, Station, Sighting]> {
    const other = await this.station('called')
    const caller = await this.station('caller')
    return [caller, other, await this.sighting(caller, other)]
  }

  /** Two opened ends of one connection. */
  async ends(): Promise<readonly [End, End]> {
    const [caller, other, sighting] = await this.pair()
    const near = open(await caller.driver.dial(sighting, new AbortController().signal))
    await this.eventually('the other side is given the connection', () => other.accepted.length === 1)
    const far = other.accepted[0] as End
    await this.eventually('both are greeted', () => [near, far].every(({ bytes }) => bytes === greetingBytes))
    return [near, far]
  }

  async sighting(station: Station, other: Station): Promise<Sighting> {
    await this.eventually('the other is found', () => station.there.has(other.self.instance))
    return station.there.get(other.self.instance) as Sighting
  }

  async eventually(what: string, condition: () => boolean): Promise<void> {
    // Counted in looks: a process that stands still is not taken for a slow wire.
    for (let looks = (this.#harness.deadlineMs ?? 10_000) / pollMs; !condition(); looks--) {
      assert.ok(looks > 0, `It never came to this: ${what}`)
      await new Promise(resolve => setTimeout(resolve, pollMs))
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#stations.map(({ driver }) => driver.close()))
  }
}

const rule = (id: string, title: string, run: (world: World) => Promise<void>): DriverRule => ({
  id,
  title,
  async run(harness) {
    const world = new World(harness)
    try {
      await run(world)
    } finally {
      await world.close()
    }
  },
})

/**
 * The obligations of a driver, each rule as a test of its own. They need no test runner.
 *
 * @example
 * for (const { id, title, run } of driverRules) it(`${id} ${title}`, () => run({ driver: self => new MyDriver(self) }))
 */
export const driverRules: readonly DriverRule[] = [
  rule(
    'MESH-04',
    'discover() has told of everyone who is there when it resolves, and tells of who comes and goes.',
    async world => {
      const first = await world.station('first')
      const second = await world.station('second')
      const seen = second.there.get(first.self.instance)
      assert.equal(seen?.agent, 'first', 'Who was there already was not told before discover() resolved')
      assert.equal((await world.sighting(first, second)).agent, 'second')
      await second.driver.close()
      await world.eventually('who has left is lost', () => !first.there.has(second.self.instance))
    },
  ),
  rule(
    'MESH-05',
    'What either side of a connection writes comes whole and in order, however much it is.',
    async world => {
      const [near, far] = await world.ends()
      await Promise.all([near.write(bytesEachWay), far.write(bytesEachWay)])
      await world.eventually('all bytes arrive', () =>
        [near, far].every(({ bytes }) => bytes >= greetingBytes + bytesEachWay),
      )
      for (const { bytes, isOrdered } of [near, far]) {
        assert.equal(bytes, greetingBytes + bytesEachWay, 'More came than was written')
        assert.ok(isOrdered, 'Bytes came changed, or in another order')
      }
    },
  ),
  rule(
    'MESH-06',
    'dial() heeds its signal: it rejects with its reason, and leaves no connection behind.',
    async world => {
      const [caller, other, sighting] = await world.pair()
      const reason = new Error('called it off')
      await assert.rejects(caller.driver.dial(sighting, AbortSignal.abort(reason)), reason)
      const inTheMiddle = new AbortController()
      const dialling = caller.driver.dial(sighting, inTheMiddle.signal)
      inTheMiddle.abort(reason)
      await assert.rejects(dialling, reason)
      // A peer that was called all the same is told that it is over.
      await turn()
      await world.eventually('nothing is left open', () => other.accepted.every(({ closed }) => closed === 1))
      // And a call that nobody calls off works as before.
      const near = open(await caller.driver.dial(sighting, new AbortController().signal))
      await world.eventually('the other side answers', () => near.bytes === greetingBytes)
      assert.equal(near.closed, 0)
    },
  ),
  rule(
    'MESH-07',
    'After end() all that was written arrives, and then each side is told once that it is closed.',
    async world => {
      const [near, far] = await world.ends()
      await near.write(199_000)
      // The last of it has hardly left.
      void near.write(1_000)
      near.connection.end()
      await world.eventually('both are closed', () => near.closed + far.closed >= 2)
      assert.equal(far.bytes, greetingBytes + 200_000, 'Something that was written before the end is missing')
      await turn()
      assert.deepEqual([near.closed, far.closed], [1, 1])
    },
  ),
  rule('MESH-08', 'destroy() closes both sides: each is told once, and never within the call.', async world => {
    const [near, far] = await world.ends()
    near.connection.destroy()
    assert.equal(near.closed, 0, 'It was told within the call')
    near.connection.destroy()
    await world.eventually('both are closed', () => near.closed + far.closed >= 2)
    await turn()
    assert.deepEqual([near.closed, far.closed], [1, 1])
  }),
  rule('MESH-09', 'What comes before open() is kept for it.', async world => {
    const [caller, other, sighting] = await world.pair()
    const connection = await caller.driver.dial(sighting, new AbortController().signal)
    await world.eventually('the other side is given the connection', () => other.accepted.length === 1)
    await (other.accepted[0] as End).write(1_000)
    for (let i = 0; i < 20; i++) await turn()
    const near = open(connection)
    await world.eventually('what came before arrives', () => near.bytes === greetingBytes + 1_000)
    assert.ok(near.isOrdered)
  }),
]

import type { Clock } from '@sm/core/transport'
import { meshError } from '../errors.ts'
import type { MeshSettings } from '../options.ts'
import type { Output } from '../wire/packets/output.ts'
import { packet } from '../wire/packets/packet.ts'
import { writeNumber, writePong } from '../wire/packets/packet-writer.ts'
import { Barriers } from './barriers.ts'
import { Heartbeat } from './heartbeat.ts'
import { type RoundTrip, RoundTrips } from './round-trips.ts'

/** A link that is busy is measured once in so many beats. */
const beatsPerMeasure = 10

/** Time between two beats that each link adds, in milliseconds: with many links, each beats less often. */
const beatMsPerLink = 25

/** Dependencies of the pulse of a link. */
export interface PulseHost {
  readonly clock: Clock
  readonly settings: MeshSettings
  /** How many links there are. */
  readonly links: () => number
}

/** The pings of a link: signs of life, barriers, and the measure of the way there and back. */
export class Pulse {
  readonly #clock: Clock
  readonly #settings: MeshSettings
  readonly #links: () => number
  readonly #output: Output
  readonly #onDead: (error: unknown) => void
  readonly #heartbeat: Heartbeat
  readonly #barriers = new Barriers()
  readonly #roundTrips: RoundTrips
  readonly #remote: string

  /** `remote` names the peer; `onDead` is called when it does not answer, before the handshake is done or after. */
  constructor({ clock, settings, links }: PulseHost, output: Output, remote: string, onDead: (error: unknown) => void) {
    this.#clock = clock
    this.#settings = settings
    this.#links = links
    this.#output = output
    this.#remote = remote
    this.#onDead = onDead
    this.#roundTrips = new RoundTrips(clock)
    this.#heartbeat = new Heartbeat(clock, settings.handshakeMs, () =>
      onDead(meshError('SM_MESH_HANDSHAKE', `${remote} did not answer in time`)),
    )
  }

  /** The measured delay there and back. */
  get roundTrip(): RoundTrip | undefined {
    return this.#roundTrips.best
  }

  /** Something has come in. */
  heard(): void {
    this.#heartbeat.heard()
  }

  /** The handshake is done. */
  start(): void {
    const { heartbeatMs, deadAfterMs } = this.#settings
    // Measured at once: how far the peer's clock is off decides how old its frames are.
    this.#ping(0)
    this.#heartbeat.start(
      () => this.#beatMs(),
      silentMs => {
        if (silentMs >= deadAfterMs) {
          this.#onDead(meshError('SM_MESH_SILENT', `${this.#remote} was silent for ${silentMs} ms`))
        } else if (silentMs >= heartbeatMs - 1 || this.#roundTrips.ageMs >= beatsPerMeasure * heartbeatMs) this.#ping(0)
      },
    )
  }

  /** Resolves when all that was written before has been read, and all that the peer wrote has come in; or at the end. */
  barrier(): Promise<void> {
    return this.#barriers.open(number => this.#ping(number))
  }

  /** The peer asks for a sign of life. */
  asked(payload: Buffer): void {
    if (payload.length !== 4) throw wrongSize()
    writePong(this.#output, payload.readUInt32BE(0), this.#clock.now())
  }

  /** The peer has answered. */
  answered(payload: Buffer): void {
    if (payload.length !== 4 && payload.length !== 12) throw wrongSize()
    const number = payload.readUInt32BE(0)
    this.#roundTrips.answered(number, payload.length === 12 ? Number(payload.readBigUInt64BE(4)) : undefined)
    this.#barriers.pass(number)
  }

  /** The link has ended. */
  stop(): void {
    this.#heartbeat.stop()
    this.#barriers.passAll()
  }

  /** As often as set, but so that signs of life cost no more with a hundred peers than with forty, and none dies of it. */
  #beatMs(): number {
    const { heartbeatMs, deadAfterMs } = this.#settings
    return Math.max(heartbeatMs, Math.min(this.#links() * beatMsPerLink, deadAfterMs / 4))
  }

  #ping(number: number): void {
    this.#roundTrips.asked(number)
    writeNumber(this.#output, packet.ping, number)
  }
}

function wrongSize() {
  return meshError('SM_MESH_PROTOCOL', 'A ping or pong has the wrong size')
}

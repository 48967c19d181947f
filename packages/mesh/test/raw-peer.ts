import { createVirtualClock, type VirtualClock } from '@sm/core/testing'
import type { Delivery, SubscriptionSpec } from '@sm/core/transport'
import type { FrameCopy } from '../src/groups/frame-copy.ts'
import { Intake } from '../src/links/intake.ts'
import { Link } from '../src/links/link.ts'
import type { LinkHost } from '../src/links/link-host.ts'
import { type MeshOptions, toMeshSettings } from '../src/options.ts'
import { Packer } from '../src/wire/bodies/packer.ts'
import type { Hello, InterestChange } from '../src/wire/packets/hello.ts'
import { packet, packetHead } from '../src/wire/packets/packet.ts'
import { createWire, type End } from './memory-wire.ts'

export const instances = ['01JD0000000000000000000001', '01JD0000000000000000000002'] as const

/** The hello of `agent`, the same in every run. */
export function helloOf(agent: string, instance: string): Hello {
  const hostId = '00000000000000000000000000000000'
  const wire = { major: 1, minor: 1 }
  return { wire, namespace: 'test', agent, instance, hostId, processId: 7, packed: false, maxFrameBytes: 16_777_216 }
}

/** The bytes of a packet. */
export function packetOf(kind: number, payload: Uint8Array | object = Buffer.alloc(0)): Buffer {
  const body = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload))
  const head = Buffer.alloc(packetHead)
  head.writeUInt32BE(body.length)
  head[4] = kind
  return Buffer.concat([head, body])
}

/** Integers of four bytes. */
export function words(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length)
  for (const [i, number] of numbers.entries()) bytes.writeUInt32BE(number >>> 0, 4 * i)
  return bytes
}

/** Cuts bytes into packets, each its kind and payload. */
export function packetsOf(bytes: Buffer): Array<readonly [kind: number, payload: Buffer]> {
  const packets: Array<readonly [number, Buffer]> = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + packetHead + bytes.readUInt32BE(at)
    packets.push([bytes[at + 4] as number, bytes.subarray(at + packetHead, end)])
    at = end
  }
  return packets
}

/** A host that writes down what a link tells it, and has the consumers of one side. */
export class RecordingHost implements LinkHost<Link> {
  readonly hello: Hello
  readonly settings
  readonly clock: VirtualClock
  readonly packer = new Packer()
  readonly intake: Intake
  /** The events, in order. */
  readonly told: string[] = []
  readonly faults: unknown[] = []
  readonly credits: Array<readonly [interest: number, granted: number]> = []
  readonly changes: InterestChange[] = []
  readonly returnedEntries: Array<readonly [FrameCopy, delayMs: number]> = []
  unsettled: readonly FrameCopy[] = []
  readonly links = () => 1
  /** How the link ended: undefined while it has not, and `bye` for a goodbye. */
  end: unknown
  refusal: Error | undefined

  constructor(options: MeshOptions = {}, clock = createVirtualClock(), hello = helloOf('billing', instances[0])) {
    this.settings = toMeshSettings(options)
    this.clock = clock
    this.hello = hello
    this.intake = new Intake(this.settings.windowBytes, this.settings.maxInterests)
  }

  consume(spec: SubscriptionSpec, onDelivery: (delivery: Delivery) => void) {
    return this.intake.add(spec, onDelivery)
  }

  opened(link: Link): void {
    if (this.refusal) throw this.refusal
    this.told.push('opened')
    link.interests(this.intake.interests, [])
  }

  interests(_link: Link, change: InterestChange): void {
    this.told.push('interests')
    this.changes.push(change)
  }

  arrived: LinkHost<Link>['arrived'] = (arrival, frame) => {
    this.told.push(`arrived ${frame.header.id}`)
    this.intake.arrived(arrival, frame)
  }

  announced: LinkHost<Link>['announced'] = arrival => {
    this.told.push('announced')
    return this.intake.announced(arrival)
  }

  unread: LinkHost<Link>['unread'] = arrival => this.intake.unread(arrival)

  credit(_link: Link, interest: number, granted: number): void {
    this.credits.push([interest, granted])
  }

  returned(copy: FrameCopy, delayMs: number): void {
    this.returnedEntries.push([copy, delayMs])
  }

  room(): void {}

  fault(error: unknown): void {
    this.faults.push(error)
  }

  closed(link: Link, error: unknown, unsettled: readonly FrameCopy[]): void {
    this.told.push('closed')
    this.end = error ?? 'bye'
    this.unsettled = unsettled
    this.intake.forget(link)
  }
}

/** A peer made of bytes, at the end of a wire. */
export class RawPeer {
  readonly #end: End
  #received = Buffer.alloc(0)
  #taken = 0
  closed = false

  constructor(end: End) {
    this.#end = end
    end.open({
      data: chunk => {
        this.#received = Buffer.concat([this.#received, chunk])
      },
      drain: () => undefined,
      closed: () => {
        this.closed = true
      },
    })
  }

  /** Sends bytes, as they are. */
  send(...bytes: Uint8Array[]): void {
    this.#end.pour(Buffer.concat(bytes))
  }

  /** The packets that have come in since it was asked last. */
  take(): Buffer {
    const bytes = this.#received.subarray(this.#taken)
    this.#taken = this.#received.length
    return bytes
  }

  cut(): void {
    this.#end.cut()
  }

  destroy(): void {
    this.#end.destroy()
  }
}

/** A link that was called by a peer of bytes. */
export function createRawLink(host = new RecordingHost()) {
  const [near, far] = createWire('shop', 'billing')
  const link = new Link(far, false, host)
  return { host, link, peer: new RawPeer(near), wire: near }
}

/** The first packet of the peer of bytes. */
export const peerHello = packetOf(packet.hello, helloOf('shop', instances[1]))

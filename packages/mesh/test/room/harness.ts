import type { TransportHarness } from '../../../transport-conformance/src/suite.ts'
import { MeshTransport, meshCapabilities } from '../../src/index.ts'
import { Room } from './room.ts'
import { RoomDriver } from './room-driver.ts'

const capabilities = meshCapabilities({ reach: 'lan', encrypted: false, maxFrameBytes: 16_777_216 })

const options = {
  windowBytes: 16_384,
  heartbeatMs: 200,
  deadAfterMs: 1_500,
  reconnect: { initialMs: 10, maxMs: 100 },
}

let room: Room

/** A wire with a middle that relays, may lose something and keeps no queue. */
export const harness: TransportHarness<number> = {
  name: 'room',
  setUp() {
    room = new Room()
    return room.listen()
  },
  tearDown: () => room.close(),
  open: (context, port) =>
    new MeshTransport({ name: 'room', capabilities, driver: new RoomDriver(port, context) }, options, context),
  deadLetters: { most: 1_000 },
  faults: {
    cut: () => room.cut(),
    restore: () => room.restore(),
    freeze: () => room.freeze(),
    thaw: () => room.thaw(),
    lose: () => room.lose(),
  },
}

import type { Transport } from '@sm/core/transport'
import type { TransportHarness } from '../../../packages/transport-conformance/src/suite.ts'
import type { Setting } from './messages.ts'
import { RemoteTransport } from './remote-transport.ts'
import { RouteBoard } from './route-board.ts'
import { WorkerPool } from './worker-pool.ts'

export interface RemoteHarnessOptions {
  /** The name of the transport. */
  readonly transport: string
  /** A file that calls `serveTransport`. */
  readonly program: URL
  /** What the program is told of every transport, made anew for each suite; `tearDown` undoes it. */
  readonly setUp: () => Setting
  readonly tearDown: () => void
}

/** A transport with a process of its own for each end: what the suite does crosses a real border. */
export function createRemoteHarness({ transport: name, program, ...options }: RemoteHarnessOptions): TransportHarness {
  const boards = new Map<string, RouteBoard>()
  let pool = new WorkerPool(program)
  let setting: Setting = {}

  function boardOf(namespace: string): RouteBoard {
    let board = boards.get(namespace)
    if (!board) {
      board = new RouteBoard()
      boards.set(namespace, board)
    }
    return board
  }

  return {
    name: `${name} across processes`,
    setUp() {
      pool = new WorkerPool(program)
      setting = options.setUp()
    },
    async tearDown() {
      await pool.close()
      boards.clear()
      options.tearDown()
    },
    async open(context) {
      const worker = await pool.take()
      const transport = new RemoteTransport(name, worker, boardOf(context.namespace))
      transport.on('state', ({ state }) => {
        if (state === 'stopped') pool.give(worker)
      })
      return transport.open(context, setting)
    },
    async kill(transport: Transport) {
      const { worker } = transport as RemoteTransport
      worker.signal('SIGKILL')
      await worker.exited
    },
    faults: {
      cut: () => pool.weather(true),
      restore: () => pool.weather(false),
      freeze: () => pool.signalOthers('SIGSTOP'),
      thaw: () => pool.signalOthers('SIGCONT'),
    },
  }
}

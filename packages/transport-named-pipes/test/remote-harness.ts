import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Transport } from '@sm/core/transport'
import type { TransportHarness } from '@sm/transport-conformance'
import { RemoteTransport } from './remote/remote-transport.ts'
import { RouteBoard } from './remote/route-board.ts'
import { WorkerPool } from './remote/worker-pool.ts'

/** Quick to notice and to return, yet patient with processes that share few cores. */
const options = {
  windowBytes: 16_384,
  heartbeatMs: 200,
  deadAfterMs: 1_500,
  reconnect: { initialMs: 10, maxMs: 100 },
}

const base = mkdtempSync(join(tmpdir(), 'sm-pipes-remote-'))
const pool = new WorkerPool()
const boards = new Map<string, RouteBoard>()

function boardOf(namespace: string): RouteBoard {
  let board = boards.get(namespace)
  if (!board) {
    board = new RouteBoard()
    boards.set(namespace, board)
  }
  return board
}

/** Ends every process. */
export async function closeRemoteHarness(): Promise<void> {
  await pool.close()
  rmSync(base, { recursive: true, force: true })
}

/** The named-pipes transport with a process of its own for each end: what the suite does crosses a real border. */
export const remoteHarness: TransportHarness = {
  name: 'named-pipes across processes',
  async open(context) {
    const worker = await pool.take()
    const transport = new RemoteTransport(worker, boardOf(context.namespace))
    transport.on('state', ({ state }) => {
      if (state === 'stopped') pool.give(worker)
    })
    return transport.open(base, context, options)
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

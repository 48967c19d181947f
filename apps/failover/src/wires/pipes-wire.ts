import { FifoLine } from '../lines/fifo-line.ts'
import type { FailingWire } from './failing-wire.ts'
import { strikeLine } from './line-faults.ts'

/** Named pipes between the sender and the receivers, over a line of ours. */
export function startPipesWire(namespace: string): FailingWire {
  const line = new FifoLine(namespace)
  const access = (base: string) => ({ transport: 'named-pipes', env: { SM_PIPES_BASE: base } })
  return {
    name: 'named-pipes',
    sender: access(line.bases.near),
    receiver: access(line.bases.far),
    async strike(fault) {
      const mend = strikeLine(line, fault)
      if (mend) return mend
      line.cut()
      return async () => line.mend()
    },
    stop: () => line.close(),
  }
}

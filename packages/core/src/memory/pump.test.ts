import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { Pump, type Pumped } from './pump.ts'

const turn = () => new Promise<void>(resolve => setImmediate(resolve))

describe('a pump', () => {
  it('runs a queue soon, never within the call, and outside of what the caller runs in', async () => {
    const pump = new Pump()
    const caller = new AsyncLocalStorage<string>()
    const seen: Array<string | undefined> = []
    const queue: Pumped = { run: () => seen.push(caller.getStore()) }
    caller.run('a publisher', () => pump.soon(queue))
    expect(seen).toEqual([])
    await turn()
    expect(seen).toEqual([undefined])
  })

  it('gives the event loop its turn, however often queues bring on the next', async () => {
    const pump = new Pump()
    let runs = 0
    const queue: Pumped = {
      run() {
        runs += 1
        pump.soon(queue)
        return 1_000
      },
    }
    pump.soon(queue)
    await turn()
    const atFirst = runs
    expect(atFirst).toBeGreaterThan(1)
    await turn()
    await turn()
    expect(runs).toBeGreaterThan(atFirst)
  })

  it('shows what a queue throws, and goes on with the others', async () => {
    const pump = new Pump()
    const uncaught = process.listeners('uncaughtException')
    const shown: unknown[] = []
    process.removeAllListeners('uncaughtException')
    process.once('uncaughtException', error => shown.push(error))
    let runs = 0
    const fault = new Error('a fault of ours')
    pump.soon({
      run() {
        throw fault
      },
    })
    pump.soon({ run: () => ++runs })
    await turn()
    await turn()
    for (const listener of uncaught) process.on('uncaughtException', listener)
    expect([shown, runs]).toEqual([[fault], 1])
  })
})

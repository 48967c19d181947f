import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { Program } from '../../../tooling/test/program.ts'
import { networksAbsence, TwoNetworks } from './two-networks.ts'

const token = 'known to the agents of this test'
const absence = networksAbsence()
const program = (name: string) => new URL(`programs/${name}.ts`, import.meta.url)

describe('agents on two networks', () => {
  it('that do not reach each other talk through a hub that both reach, until one is killed', {
    timeout: 60_000,
  }, async ({ skip }) => {
    if (absence !== undefined) return skip(`not run: ${absence}`)
    using networks = new TwoNetworks()
    const programs: Program[] = []
    const run = async (name: string, config: object, host: 'middle' | 'left' | 'right') => {
      const started = new Program(program(name), { token, ...config }, networks.on(host))
      programs.push(started)
      return [started, await started.heard('ready')] as const
    }
    try {
      const [, { port }] = await run('hub', {}, 'middle')
      const url = (side: 'left' | 'right') => `ws://${networks.middle[side]}:${port}/`
      const [left] = await run('agent', { agent: 'left', url: url('left') }, 'left')
      const [right] = await run('agent', { agent: 'right', url: url('right') }, 'right')
      // A hub that could be reached would refuse: nobody listens at that port.
      assert.equal((await left.ask('call', { to: networks.middle.left })).outcome, 'ECONNREFUSED')
      assert.notEqual((await left.ask('call', { to: networks.side.right })).outcome, 'ECONNREFUSED')
      assert.equal((await left.ask('greet', { to: 'right' })).reply, 'right heard: hello from left')
      assert.equal((await right.ask('greet', { to: 'left' })).reply, 'left heard: hello from right')
      await right.kill()
      let reply: unknown
      do reply = (await left.ask('greet', { to: 'right' })).reply
      while (reply !== 'SM_ROUTE_NONE')
    } finally {
      await Promise.all(programs.map(each => each.kill()))
    }
  })
})

import { describe, expect, it } from 'vitest'
import { checkPolicy, mergePolicies, type RoutePolicy } from './route-policy.ts'

describe('a policy is refused, with what is wrong with it,', () => {
  it.each<[string, unknown, string]>([
    ['with an option that there is not', { prefers: ['nats'] }, '"prefers"'],
    ['with something else than names', { only: 'redis' }, '"only"'],
    ['with an empty name', { avoid: [''] }, '"avoid"'],
    ['that leaves nothing', { only: [] }, 'leaves no transport'],
    ['that prefers what it avoids', { prefer: ['nats'], avoid: ['nats'] }, '"avoid" and in "prefer"'],
    ['that asks only for what it avoids', { only: ['nats'], avoid: ['nats'] }, '"avoid" and in "only"'],
    ['that names a transport which the agent does not have', { prefer: ['amqp'] }, 'redis, nats'],
  ])('%s', (_what, policy, why) => {
    expect(() => checkPolicy('the agent shop', policy as RoutePolicy, ['redis', 'nats'])).toThrow(
      expect.objectContaining({ code: 'SM_ROUTE_POLICY', message: expect.stringContaining(why) }),
    )
  })
})

describe('several policies', () => {
  it('become one in which the more particular wins, wish by wish', () => {
    const agent: RoutePolicy = { prefer: ['redis'], avoid: ['amqp'] }
    expect(mergePolicies(agent, { only: ['redis', 'nats'] }, { prefer: ['nats'] })).toEqual({
      prefer: ['nats'],
      only: ['redis', 'nats'],
      avoid: ['amqp'],
    })
  })

  it('let one publish take what the agent avoids', () => {
    expect(mergePolicies({ avoid: ['amqp', 'nats'] }, undefined, { prefer: ['amqp'] })).toEqual({
      prefer: ['amqp'],
      avoid: ['nats'],
    })
    expect(mergePolicies({ avoid: ['amqp'] }, { only: ['amqp'] })).toEqual({ only: ['amqp'], avoid: [] })
  })

  it('are none where there is none', () => {
    expect(mergePolicies(undefined, undefined)).toBeUndefined()
  })
})

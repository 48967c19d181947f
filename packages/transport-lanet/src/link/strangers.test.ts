import assert from 'node:assert/strict'
import { describe, it } from 'vitest'
import { networkOf, Strangers } from './strangers.ts'

describe('strangers', () => {
  it('are few per address: the newest is not let in', () => {
    const strangers = new Strangers({ maxUnauthenticated: 10, maxUnauthenticatedPerAddress: 2 })
    const never = () => assert.fail('Nobody had to give way')
    const leave = strangers.admit('10.0.0.1', never)
    assert.ok(leave)
    assert.ok(strangers.admit('::ffff:10.0.0.1', never))
    assert.equal(strangers.admit('10.0.0.1', never), undefined)
    assert.ok(strangers.admit('10.0.0.2', never))
    leave()
    leave()
    assert.equal(strangers.size, 2)
    assert.ok(strangers.admit('10.0.0.1', never))
    assert.equal(strangers.admit('10.0.0.1', never), undefined)
  })

  it('are few in all: who has been there longest gives way', () => {
    const strangers = new Strangers({ maxUnauthenticated: 3, maxUnauthenticatedPerAddress: 2 })
    const dismissed: string[] = []
    const come = (address: string) => strangers.admit(address, () => dismissed.push(address))
    const leaves = ['a', 'b', 'c'].map(come)
    leaves[0]?.()
    come('d')
    come('e')
    assert.deepEqual(dismissed, ['b'])
    assert.equal(strangers.size, 3)
    strangers.close()
    assert.deepEqual(dismissed, ['b', 'c', 'd', 'e'])
    assert.equal(strangers.size, 0)
  })
})

describe('the network of an address', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['2001:db8:0:7::1', '2001:db8:0:7'],
    ['2001:0db8:0:7:ffff:ffff:ffff:ffff', '2001:db8:0:7'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['::1', '0:0:0:0'],
    [undefined, ''],
  ])('%s is %s', (address, network) => {
    assert.equal(networkOf(address), network)
  })
})

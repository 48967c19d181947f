import { SmError } from '@sm/core/transport'
import { describe, expect, it } from 'vitest'
import { fromConnect, fromDriver, isNotNow, replyCode } from './errors.ts'

const where = 'redis.example:6379'
const reply = (message: string) =>
  Object.assign(new Error(message), { name: 'ReplyError', command: { name: 'auth', args: ['secret'] } })
const system = (code: string) => Object.assign(new Error(`connect ${code}`), { code })

describe('an error of the driver', () => {
  it.each([
    [reply('WRONGPASS invalid username-password pair'), 'SM_BROKER_AUTH'],
    [reply('NOAUTH Authentication required.'), 'SM_BROKER_AUTH'],
    [reply("NOPERM this user has no permissions to run the 'eval' command"), 'SM_BROKER_AUTH'],
    [reply('ERR invalid password'), 'SM_BROKER_AUTH'],
    [reply('WRONGTYPE Operation against a key'), 'SM_BROKER_TOPOLOGY'],
    [reply('ERR Error running script (call to f_1): @user_script:5: -OOM command not allowed'), 'SM_BROKER_FULL'],
    [reply('OOM command not allowed when used memory > maxmemory. script: 1, on @user_script:9.'), 'SM_BROKER_FULL'],
    [reply('MOVED 3999 10.0.0.2:6381'), 'SM_BROKER_LOST'],
    [reply('CLUSTERDOWN The cluster is down'), 'SM_BROKER_LOST'],
    [reply('ERR unknown command'), 'SM_BROKER_REFUSED'],
    [system('ECONNRESET'), 'SM_BROKER_LOST'],
    [system('DEPTH_ZERO_SELF_SIGNED_CERT'), 'SM_BROKER_TLS'],
  ])('%s becomes %s', (error, code) => {
    const coded = fromDriver(error, where, 'do it')
    expect(coded.code).toBe(code)
    expect(coded.message).toContain(where)
    expect(coded.cause, 'No password, no payload').not.toHaveProperty('command')
  })

  it('is an unreachable server when no connection was made', () => {
    expect(fromConnect(system('ECONNREFUSED'), where)).toMatchObject({ code: 'SM_BROKER_UNREACHABLE' })
    expect(fromConnect(reply('WRONGPASS no'), where)).toMatchObject({ code: 'SM_BROKER_AUTH' })
  })

  it('that is coded stays as it is', () => {
    const coded = new SmError('SM_X', 'x', {})
    expect(fromDriver(coded, where, 'do it')).toBe(coded)
  })

  it('says whether the server will take it later', () => {
    for (const code of ['OOM', 'MISCONF', 'LOADING', 'BUSY']) expect(isNotNow(reply(`${code} not now`))).toBe(true)
    expect(isNotNow(reply('NOPERM never'))).toBe(false)
    expect(isNotNow(system('OOM'))).toBe(false)
    expect(replyCode(reply('NOSCRIPT No matching script'))).toBe('NOSCRIPT')
  })
})

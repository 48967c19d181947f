import { describe, expect, it } from 'vitest'
import { fromUrl, type RedisTransportOptions, type Target, toTargetAt, toTargets } from './options.ts'

describe('where to connect', () => {
  it('is one server, or each node that is named, with one proof of who we are', () => {
    expect(toTargets({})).toMatchObject([{ where: 'localhost:6379', client: { db: 0 } }])
    const url = ['redis://a', new URL('redis://shop:open%20sesame@b:7000'), 'redis://[::1]:7001']
    const targets = toTargets({ url })
    expect(targets.map(({ where }) => where)).toEqual(['a:6379', 'b:7000', '[::1]:7001'])
    for (const { client } of targets) expect(client).toMatchObject({ username: 'shop', password: 'open sesame' })
    expect(toTargets({ url, username: 'other', password: '' })[1]?.client).toMatchObject({
      username: 'other',
      password: '',
    })
    expect(toTargetAt(targets[1] as Target, { host: '::2', port: 1 })).toMatchObject({
      ...{ where: '[::2]:1', server: { host: '::2', port: 1 } },
      client: { host: '::2', port: 1, username: 'shop', password: 'open sesame' },
    })
  })

  it('is encrypted everywhere when one URL asks for it, also where sentinels lead', () => {
    for (const { client } of toTargets({ url: ['redis://a', 'rediss://b'] })) expect(client.tls).toEqual({})
    const client = { sentinels: [{ host: 's' }, { host: 't', port: 1 }], name: 'main' }
    const [target] = toTargets({ url: 'rediss://ignored', client })
    expect(target.where).toBe('"main" of the sentinels s:26379, t:1')
    expect(target.client).toMatchObject({ ...client, tls: {}, enableTLSForSentinelMode: true })
    expect(toTargets({ client })[0].client).not.toHaveProperty('tls')
  })

  it('may be said by one URL', () => {
    const options = fromUrl(new URL('rediss://shop:secret@a:1/0?server=b:2&server=c:3'))
    expect(toTargets(options).map(({ where }) => where)).toEqual(['a:1', 'b:2', 'c:3'])
    for (const { client } of toTargets(options)) expect(client).toMatchObject({ password: 'secret', tls: {} })
    expect(toTargets(fromUrl(new URL('redis://a/3')))).toMatchObject([{ where: 'a:6379', client: { db: 3 } }])
    expect(() => fromUrl(new URL('redis://a?user=x'))).toThrow(/SM_TRANSPORT_CONFIG.*"user"/)
  })

  it.each<RedisTransportOptions>([{ url: [] }, { url: 'redis://a?server=b' }, { url: ['redis://a', 'http://b'] }])(
    'is refused without showing what was given: %j',
    options => expect(() => toTargets(options)).toThrow(/SM_TRANSPORT_CONFIG\] The option url(?!.*http:)/),
  )
})

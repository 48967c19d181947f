import { describe, expect, it, vi } from 'vitest'
import { type Json, toHeader } from '../message/index.ts'
import { bytesContentType, toBody } from './body.ts'
import { type Codec, registerCodec } from './codec.ts'
import { codecFor, codecNamed, isJsonType } from './find-codec.ts'
import { jsonCodec } from './json.ts'
import { fromBytes, fromValue, receivedBody } from './received-body.ts'

/** JSON under another name, which counts. */
function countingCodec(name: string) {
  const encode = vi.fn((value: Json) => jsonCodec.encode(value))
  const decode = vi.fn((bytes: Uint8Array) => jsonCodec.decode(bytes))
  const codec: Codec = { name, contentType: `application/x-${name}`, encode, decode }
  registerCodec(codec)
  return { codec, encode, decode }
}

describe('the body of a payload to be sent', () => {
  it('is not encoded unless a wire asks, and then once', () => {
    const { codec, encode } = countingCodec('lazy-encode')
    const body = toBody({ a: 1 }, codec)
    expect(body.value()).toEqual({ a: 1 })
    expect(body.contentType).toBe(codec.contentType)
    expect(encode).not.toHaveBeenCalled()
    expect(body.bytes()).toBe(body.bytes())
    expect(encode).toHaveBeenCalledOnce()
  })

  it('is the bytes themselves when the payload is bytes', () => {
    const payload = new Uint8Array([1, 2])
    const body = toBody(payload, jsonCodec)
    expect(body.contentType).toBe(bytesContentType)
    expect(body.bytes()).toBe(payload)
    expect(body.value()).toBe(payload)
  })
})

describe('the body of bytes from a wire', () => {
  it('is not decoded unless a reader asks, and then once', () => {
    const { codec, decode } = countingCodec('lazy-decode')
    const body = fromBytes(Buffer.from('{"a":1}'), codec.contentType)
    body.bytes()
    expect(decode).not.toHaveBeenCalled()
    expect(body.value()).toBe(body.value())
    expect(decode).toHaveBeenCalledOnce()
  })

  it('hands over values that are frozen in depth', () => {
    const value = fromBytes(Buffer.from('{"a":[{"b":1}]}'), 'application/json').value() as { a: object[] }
    expect([value, value.a, value.a[0]].every(Object.isFrozen)).toBe(true)
  })

  it('hands over bytes as plain bytes, as memory would, without copying them', () => {
    const bytes = Buffer.from([1, 2, 3])
    const value = fromBytes(bytes, bytesContentType).value() as Uint8Array
    expect(Object.getPrototypeOf(value)).toBe(Uint8Array.prototype)
    expect(value).toEqual(new Uint8Array([1, 2, 3]))
    expect(value.buffer).toBe(bytes.buffer)
  })

  it('says what it could not decode, keeping the cause', () => {
    const cause = new Error('worn out')
    registerCodec({
      ...jsonCodec,
      name: 'broken',
      contentType: 'application/x-broken',
      decode() {
        throw cause
      },
    })
    expect(() => fromBytes(new Uint8Array(3), 'application/x-broken').value()).toThrow(
      expect.objectContaining({
        code: 'SM_CODEC_MALFORMED',
        message: expect.stringContaining('3 bytes is not application/x-broken (worn out)'),
        cause,
      }),
    )
  })

  it('keeps its bytes when their content type is unknown, and only its value is out of reach', () => {
    const body = fromBytes(new Uint8Array([1]), 'image/png')
    expect(body.bytes()).toEqual(new Uint8Array([1]))
    expect(() => body.value()).toThrow(
      expect.objectContaining({ code: 'SM_CODEC_UNKNOWN', message: expect.stringContaining('"image/png"') }),
    )
  })

  it('is bytes as long as an encoding is upon it', () => {
    const header = toHeader({ id: '1', type: 'a', from: 'b', time: 0, encodings: ['gzip'] })
    const body = receivedBody(header, new Uint8Array([0x37]))
    expect(body.contentType).toBe(bytesContentType)
    expect(body.value()).toEqual(new Uint8Array([0x37]))
    expect(receivedBody({ ...header, encodings: undefined }, new Uint8Array([0x37])).value()).toBe(7)
  })
})

describe('the body of a value that came with others', () => {
  it('keeps the content type it was declared with', () => {
    const body = fromValue({ a: 1 }, 'application/vnd.shop+json')
    expect(body.contentType).toBe('application/vnd.shop+json')
    expect(Buffer.from(body.bytes()).toString()).toBe('{"a":1}')
    expect(Object.isFrozen(body.value())).toBe(true)
  })

  it('is refused when no payload could be it', () => {
    expect(() => fromValue([Number.POSITIVE_INFINITY], 'application/json')).toThrow(TypeError)
  })
})

describe('codecs', () => {
  it('are found by name and by content type, whatever its case and parameters', () => {
    expect(codecNamed('json')).toBe(jsonCodec)
    for (const type of ['application/json', 'Application/JSON; charset=utf-8', 'application/vnd.x+json', 'text/json']) {
      expect(codecFor(type)).toBe(jsonCodec)
      expect(isJsonType(type)).toBe(true)
    }
  })

  it.each(['text/plain', 'application/jsonx', 'application/octet-stream', 'json', '', 'application/x; a=b+json'])(
    'of JSON are not taken for %j',
    type => {
      expect(isJsonType(type)).toBe(false)
      expect(() => codecFor(type)).toThrow(expect.objectContaining({ code: 'SM_CODEC_UNKNOWN' }))
    },
  )

  it('that nobody registered are an error that names them', () => {
    expect(() => codecNamed('protobuf')).toThrow(
      expect.objectContaining({ code: 'SM_CODEC_UNKNOWN', message: expect.stringContaining('"protobuf"') }),
    )
  })

  it('are shared by two copies of the package', async () => {
    const { codec } = countingCodec('shared')
    vi.resetModules()
    const copy = await import('./index.ts')
    expect(copy.codecFor).not.toBe(codecFor)
    expect(copy.codecFor(codec.contentType)).toBe(codec)
  })
})

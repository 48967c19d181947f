import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryFrame, arbitraryJson } from '../../test/arbitrary-frame.ts'
import { mutate } from '../../test/mutate.ts'
import { isSmError } from '../errors/index.ts'
import { createSeededRandom } from '../kernel/index.ts'
import { type Frame, type Payload, toHeader, toPortable } from '../message/index.ts'
import { fromCloudEventHeaders, toCloudEventHeaders } from './cloudevents-headers.ts'
import { fromCloudEventJson, toCloudEventJson } from './cloudevents-json.ts'
import { decodeFrame } from './compact-decode.ts'
import { encodeFrame } from './compact-encode.ts'
import { jsonCodec } from './json.ts'
import { msgpackCodec } from './msgpack.ts'
import { fromBytes } from './received-body.ts'

/** Mutants of one run, and runs of one form: 24,000 mutants of each of the five forms. */
const mutants = 60
const numRuns = 400

/** The cost of decoding beside the bytes themselves. */
const maxExtraBytes = 64 * 1024 * 1024

/** Runs `work`, which may throw coded errors and no others. */
function codedOnly(work: () => void): 'passed' | 'refused' {
  try {
    work()
    return 'passed'
  } catch (error) {
    if (isSmError(error) && /^SM_[A-Z]+(_[A-Z]+)+$/.test(error.code)) return 'refused'
    throw error
  }
}

/** Decodes a payload: what comes out could have been sent by one of us. */
function checkPayload(value: Payload): void {
  expect(codedOnly(() => toPortable(value, false))).toBe('passed')
}

function checkBody(bytes: Buffer, contentType: string): void {
  checkPayload(fromBytes(bytes, contentType).value())
}

/** A frame is legal when its header passes the rules unchanged, and survives a further trip. */
function checkFrame(frame: Frame): void {
  const { header, body } = frame
  expect(toHeader(header)).toStrictEqual(header)
  expect(body.bytes()).toBeInstanceOf(Uint8Array)
  expect(decodeFrame(encodeFrame(frame)).header).toStrictEqual(header)
  // A payload that cannot be decoded is found out when somebody reads it.
  codedOnly(() => checkPayload(body.value()))
}

/** Header lines and body as one run of bytes, as they stand on a wire. */
function toLines(frame: Frame): Buffer {
  const lines = Object.entries(toCloudEventHeaders(frame)).map(([name, value]) => `${name}: ${value}\n`)
  return Buffer.concat([Buffer.from(`${lines.join('')}\n`), frame.body.bytes()])
}

function fromLines(bytes: Buffer): Frame {
  const end = bytes.indexOf('\n\n')
  const lines = bytes
    .subarray(0, end < 0 ? bytes.length : end)
    .toString('latin1')
    .split('\n')
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(': ')
    return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 2)]
  })
  return fromCloudEventHeaders(pairs, bytes.subarray(end < 0 ? bytes.length : end + 2), { now: 0 })
}

const ofFrames = (encode: (frame: Frame) => Buffer) => arbitraryFrame.map(encode)

const forms: ReadonlyArray<readonly [string, fc.Arbitrary<Buffer>, (bytes: Buffer) => void]> = [
  ['compact frames', ofFrames(frame => Buffer.from(encodeFrame(frame))), bytes => checkFrame(decodeFrame(bytes))],
  [
    'CloudEvents in JSON',
    ofFrames(frame => Buffer.from(toCloudEventJson(frame))),
    bytes => checkFrame(fromCloudEventJson(bytes, { now: 0 })),
  ],
  ['CloudEvents in headers', ofFrames(toLines), bytes => checkFrame(fromLines(bytes))],
  [
    'JSON bodies',
    arbitraryJson.map(value => Buffer.from(jsonCodec.encode(value))),
    bytes => checkBody(bytes, jsonCodec.contentType),
  ],
  [
    'MessagePack bodies',
    arbitraryJson.map(value => Buffer.from(msgpackCodec.encode(value))),
    bytes => checkBody(bytes, msgpackCodec.contentType),
  ],
]

function heldBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Throws with the bytes at hand, so that a failure can be replayed without the seed. */
function attempt(bytes: Buffer, check: (bytes: Buffer) => void): 'passed' | 'refused' {
  const before = heldBytes()
  try {
    const outcome = codedOnly(() => check(bytes))
    expect(heldBytes() - before).toBeLessThan(maxExtraBytes)
    return outcome
  } catch (cause) {
    throw new Error(`Not refused with a coded error: base64 ${bytes.toString('base64')}`, { cause })
  }
}

describe.each(forms)('mutated %s', (_, valid, check) => {
  // It computes all the time: on a busy machine that takes a while.
  it('are a legal frame or an error with a code: no other throw, no hang, no memory by their say-so', {
    timeout: 120_000,
  }, () => {
    let tried = 0
    let refused = 0
    const before = heldBytes()
    fc.assert(
      fc.property(valid, valid, fc.integer(), (bytes, other, seed) => {
        const random = createSeededRandom(seed)
        expect(attempt(bytes, check)).toBe('passed')
        for (let i = 0; i < mutants; i++) {
          tried++
          if (attempt(mutate(bytes, other, random), check) === 'refused') refused++
        }
        expect(heldBytes() - before).toBeLessThan(8 * maxExtraBytes)
      }),
      { numRuns },
    )
    expect(tried).toBe(mutants * numRuns)
    // The mutants are worth their time only when many of them are wrong, and not all.
    expect(refused).toBeGreaterThan(tried / 20)
    expect(refused).toBeLessThan(tried)
  })
})

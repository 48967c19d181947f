import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SmError } from '@sm/core/transport'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { Program } from '../../../tooling/test/program.ts'
import { failureOf, frameOf, publishAll, topic, upTo, World } from './world.ts'

const compressions = ['none', 'zstd'] as const

function writer(world: World, config: object): { readonly program: Program; acknowledged(): readonly number[] } {
  const notes = join(world.home, 'notes')
  const program = new Program(new URL('./programs/writer.ts', import.meta.url), { notes, ...config })
  onTestFinished(() => program.kill())
  return {
    program,
    acknowledged: () => (existsSync(notes) ? readFileSync(notes, 'utf8').split('\n').filter(Boolean).map(Number) : []),
  }
}

describe.each(compressions)('a process that is killed while it writes and rotates (%s)', compress => {
  it.each([
    [1, 'always'],
    [200, 'always'],
    [200, 'never'],
  ] as const)(
    'with %i at once and fsync %s leaves each acknowledged line readable, once',
    {
      timeout: 60_000,
    },
    async (atOnce, fsync) => {
      for (const wanted of [50, 400, 1_000]) {
        const world = new World()
        const options = { directory: world.directory, compress, fsync, maxFileBytes: 50_000 }
        const { program, acknowledged } = writer(world, { options, atOnce })
        await eventually('lines are acknowledged', () => acknowledged().length >= wanted)
        await program.kill()
        const faults: SmError[] = []
        const read = (await world.payloads({ onFault: fault => faults.push(fault) })) as unknown as [number, string][]
        const numbers = read.map(([n]) => n)
        const there = new Set(numbers)
        expect(acknowledged().filter(n => !there.has(n))).toEqual([])
        expect(numbers).toHaveLength(there.size)
        expect(numbers).toEqual(upTo(numbers.length))
        // The end of the last file alone may be torn.
        expect(faults.map(({ code }) => code).filter(code => code !== 'SM_ARCHIVE_TORN')).toEqual([])
        expect(faults.length).toBeLessThanOrEqual(1)
      }
    },
  )
})

describe.each(compressions)('a file whose end was torn off (%s)', compress => {
  async function torn(bytes: number) {
    const world = new World()
    const transport = await world.open({ compress })
    for (const n of upTo(3)) await transport.publish(frameOf([n, 'x'.repeat(300)]), topic)
    await transport.stop()
    const [file = ''] = world.files()
    truncateSync(join(world.directory, file), world.bytesOf(file).length - bytes)
    const next = await world.open({ compress })
    await next.publish(frameOf([3, '']), topic)
    return { world, file }
  }

  it.each([1, 5, 100])('by %i bytes is read up to there, the others follow, and the reader tells', async bytes => {
    const { world, file } = await torn(bytes)
    const faults: SmError[] = []
    const read = (await world.payloads({ onFault: fault => faults.push(fault) })) as unknown as [number, string][]
    expect(read.map(([n]) => n)).toEqual([0, 1, 3])
    expect(faults).toMatchObject([{ code: 'SM_ARCHIVE_TORN', retryable: true, details: { file } }])
  })

  it('ends the loop of who takes no faults, once everything else was read', async () => {
    const { world } = await torn(1)
    const seen: unknown[] = []
    const reading = async () => {
      for await (const { frame } of world.reading()) seen.push(frame.body.value())
    }
    expect(await failureOf(reading)).toMatchObject({ code: 'SM_ARCHIVE_TORN' })
    expect(seen).toHaveLength(3)
  })
})

describe('what is damaged', () => {
  const faultsOf = async (world: World) => {
    const faults: SmError[] = []
    return { payloads: await world.payloads({ onFault: fault => faults.push(fault) }), faults }
  }

  it('of a plain file is a line, and the others are read', async () => {
    const world = new World()
    const transport = await world.open()
    await transport.publish(frameOf(0), topic)
    await transport.stop()
    const [file = ''] = world.files()
    const whole = world.bytesOf(file)
    appendFileSync(join(world.directory, file), `no json\n{"specversion":"1.0"}\n\0\0\0\n${whole}`)
    const { payloads, faults } = await faultsOf(world)
    expect(payloads).toEqual([0, 0])
    expect(faults.map(({ code, details }) => [code, details.line])).toEqual(
      [2, 3, 4].map(line => ['SM_ARCHIVE_UNREADABLE', line]),
    )
    expect(await failureOf(() => world.read())).toMatchObject({
      code: 'SM_ARCHIVE_UNREADABLE',
      message: expect.stringContaining('3 parts of the archive'),
      details: { count: 3 },
    })
  })

  it('of a compressed file is a frame, and the others are read; after what is no frame nothing is', async () => {
    const world = new World()
    const transport = await world.open({ compress: 'zstd' })
    for (const n of upTo(3)) await transport.publish(frameOf(n), topic)
    await transport.stop()
    const [file = ''] = world.files()
    const path = join(world.directory, file)
    const whole = world.bytesOf(file)
    const damaged = Buffer.from(whole)
    // Within the first frame, in what it holds.
    damaged[60] = (damaged[60] as number) ^ 0xff
    writeFileSync(path, damaged)
    const one = await faultsOf(world)
    expect([one.payloads, one.faults.map(({ code }) => code)]).toEqual([[1, 2], ['SM_ARCHIVE_UNREADABLE']])
    writeFileSync(path, Buffer.concat([whole, Buffer.from('this is no frame')]))
    const other = await faultsOf(world)
    expect(other.payloads).toEqual([0, 1, 2])
    expect(other.faults).toMatchObject([{ code: 'SM_ARCHIVE_UNREADABLE', details: { file, at: whole.length } }])
  })

  it('is not what others have put beside the files', async () => {
    const world = new World()
    const transport = await world.open()
    await publishAll(transport, [0, 1])
    writeFileSync(join(world.directory, 'notes.txt'), 'no line feed')
    writeFileSync(join(world.directory, '20260101T000000000Z.jsonl'), 'no line feed')
    expect(await world.payloads()).toEqual([0, 1])
  })
})

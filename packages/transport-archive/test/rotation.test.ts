import { readdirSync, readlinkSync } from 'node:fs'
import { createVirtualClock } from '@sm/core/testing'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../../tooling/test/eventually.ts'
import { frameOf, publishAll, topic, upTo, World } from './world.ts'

/** What a descriptor of this process stands for; none for one that has been closed since. */
function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return ''
  }
}

const sizesOf = (world: World) => world.files().map(file => world.bytesOf(file).length)

// Numbers in a row are much smaller when they are compressed.
describe.each([
  ['none', 20_000],
  ['zstd', 5_000],
] as const)('rotation (%s)', (compress, maxFileBytes) => {
  it('by size loses and repeats nothing under load, keeps the order, and keeps to the size', async () => {
    const world = new World()
    const transport = await world.open({ compress, maxFileBytes, maxWaitingBytes: 100_000 })
    const count = 6_000
    const acknowledged: number[] = []
    // Many at once, and now and then a pause: full batches and small ones.
    for (let from = 0; from < count; from += 500) {
      await Promise.all(
        upTo(500).map(async n => {
          await transport.publish(frameOf(from + n), topic)
          acknowledged.push(from + n)
        }),
      )
    }
    expect(acknowledged).toHaveLength(count)
    expect(await world.payloads()).toEqual(upTo(count))
    const sizes = sizesOf(world)
    expect(sizes.length).toBeGreaterThan(20)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxFileBytes)
    expect((await transport.health()).details).toMatchObject({ files: sizes.length, lines: count, dropped: 0 })
  })

  it('goes on where one line is larger than a file may be', async () => {
    const world = new World()
    const transport = await world.open({ compress, maxFileBytes: 100 })
    await publishAll(transport, upTo(20))
    expect(await world.payloads()).toEqual(upTo(20))
    expect(world.files()).toHaveLength(20)
  })
})

describe('rotation by time', () => {
  it('begins a new file when the one that is written is too old', async () => {
    const world = new World()
    const clock = createVirtualClock()
    const transport = await world.open({ clock, maxFileAgeMs: 60_000, checkMs: 1_000_000 })
    await transport.publish(frameOf(0), topic)
    await clock.advance(59_999)
    await transport.publish(frameOf(1), topic)
    await clock.advance(1)
    await transport.publish(frameOf(2), topic)
    expect((await world.read()).map(({ line }) => line)).toEqual([1, 2, 1])
    expect(world.files()).toHaveLength(2)
  })

  it('closes a file to which nothing more is written', async () => {
    const world = new World()
    const transport = await world.open({ maxFileAgeMs: 50 })
    await transport.publish(frameOf(0), topic)
    const open = () => readdirSync('/proc/self/fd').some(fd => linkOf(fd).startsWith(world.directory))
    expect(open()).toBe(true)
    await eventually('the file is closed', () => !open())
    await transport.publish(frameOf(1), topic)
    expect(world.files()).toHaveLength(2)
  })
})

describe('maxFiles', () => {
  it('keeps the newest files of an agent, over its instances, and leaves those of others alone', async () => {
    const world = new World()
    const other = await world.open({ agent: 'desk' })
    await other.publish(frameOf(1), topic)
    const first = await world.open({ maxFiles: 4, maxFileBytes: 100 })
    await publishAll(first, upTo(10))
    await first.stop({ drain: true })
    const second = await world.open({ maxFiles: 4, maxFileBytes: 100 })
    await publishAll(
      second,
      upTo(3).map(n => 10 + n),
    )
    const kept = await world.payloads({ onFault: () => expect.unreachable() })
    // The newest of the first instance is among the four; the file that is begun has pushed out another.
    expect(kept).toEqual([1, 9, 10, 11, 12])
    expect(world.files()).toHaveLength(5)
  })
})

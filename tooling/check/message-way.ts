/**
 * Counts what stands on the way of one message, from the publish to the ack, in this process: which files of ours run, how many of
 * their functions are called, and how many objects of their classes are made.
 *
 * `pnpm way [--files | --functions]`. The table of docs/architecture.md comes from it.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type AgentOptions, createAgent, defineMessage, unchecked } from '@sm/core'
import { namedPipes } from '@sm/transport-named-pipes'
import { redis } from '@sm/transport-redis'
import { brokerAbsence, startBroker } from '../brokers/index.ts'
import { root } from '../workspace/root.ts'

const Noted = defineMessage('way.noted', { schema: unchecked<{ readonly number: number }>() })

/** Messages that are sent before it is looked: what is made once is not on the way of one. */
const warmUp = 200
/** An event that happens by the clock, such as a heartbeat, does not happen in each of these. */
const looks = 7
/** Acks leave a little later than the handler ends, in milliseconds. */
const settleMs = 60

/** A function of ours that was called, and how often. */
interface Called {
  readonly file: string
  readonly name: string
  readonly count: number
}

/** The cost of one message. */
interface Way {
  readonly files: readonly string[]
  readonly functions: readonly Called[]
  readonly calls: number
  readonly objects: number
}

/** The functions of ours that were called since the last look. */
async function calledSince(session: Session): Promise<ReadonlyMap<string, Called>> {
  const { result } = (await session.post('Profiler.takePreciseCoverage')) as Profiler.TakePreciseCoverageReturnType
  const called = new Map<string, Called>()
  const sources = `${pathToFileURL(join(root, 'packages'))}/`
  for (const { url, functions } of result) {
    if (!url.startsWith(sources) || !url.includes('/src/')) continue
    const file = relative(root, fileURLToPath(url))
    for (const { functionName: name, ranges } of functions) {
      const { count, startOffset } = ranges[0] as Profiler.CoverageRange
      if (count > 0) called.set(`${file}:${startOffset}`, { file, name, count })
    }
  }
  return called
}

/** The names of the classes of a file. */
async function classesOf(file: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(root, file), 'utf8')
  return new Set([...text.matchAll(/^(?:export )?(?:abstract )?class (\w+)/gm)].map(([, name]) => name as string))
}

async function wayOver(transports: NonNullable<AgentOptions['transports']>): Promise<Way> {
  const options = { namespace: `way-${process.pid}`, transports }
  await using reader = await createAgent('reader', options)
  await using writer = await createAgent('writer', options)
  let handled = 0
  await reader.subscribe(Noted, () => void handled++)
  const once = async () => {
    const before = handled
    await writer.publish(Noted, { number: before })
    while (handled === before) await sleep(1)
  }
  while (handled < warmUp) await once()
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
  let common: ReadonlyMap<string, Called> | undefined
  for (let look = 0; look < looks; look++) {
    await sleep(settleMs)
    await calledSince(session)
    await once()
    await sleep(settleMs)
    const called = await calledSince(session)
    const known: ReadonlyMap<string, Called> = common ?? called
    common = new Map(
      [...known].flatMap(([key, { file, name, count }]) => {
        const other = called.get(key)
        return other ? [[key, { file, name, count: Math.min(count, other.count) }]] : []
      }),
    )
  }
  session.disconnect()
  const all = [...(common as ReadonlyMap<string, Called>).values()]
  const files = [...new Set(all.map(({ file }) => file))].sort()
  const classes = new Map(await Promise.all(files.map(async file => [file, await classesOf(file)] as const)))
  const sum = (some: readonly Called[]) => some.reduce((total, { count }) => total + count, 0)
  return {
    files,
    functions: all,
    calls: sum(all),
    objects: sum(all.filter(({ file, name }) => classes.get(file)?.has(name))),
  }
}

const withFiles = process.argv.includes('--files')
const withFunctions = process.argv.includes('--functions')

async function tell(wire: string, transports: NonNullable<AgentOptions['transports']>): Promise<void> {
  const { files, functions, calls, objects } = await wayOver(transports)
  console.log(`| ${wire} | ${files.length} | ${calls} | ${objects} |`)
  if (withFiles) for (const file of files) console.log(`    ${file}`)
  if (withFunctions)
    for (const { file, name, count } of functions) console.log(`    ${count} × ${name || '(nameless)'} in ${file}`)
}

console.log('| wire | files | calls of functions | objects of classes |')
console.log('| --- | --- | --- | --- |')
await tell('memory', ['memory'])
const base = await mkdtemp(join(tmpdir(), 'way-'))
await tell('named pipes', [namedPipes({ base })])
await rm(base, { recursive: true, force: true })
const absence = brokerAbsence('redis')
if (absence !== undefined) console.log(`Not counted over Redis: ${absence}`)
else {
  const broker = await startBroker('redis')
  await tell('Redis', [redis({ url: broker.url })])
  await broker.stop()
}

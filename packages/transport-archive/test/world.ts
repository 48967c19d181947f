import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Clock,
  createUlids,
  type Frame,
  type Header,
  jsonCodec,
  type Logger,
  type Payload,
  silentLogger,
  silentMetrics,
  systemClock,
  systemRandom,
  type TopicAddress,
  type Transport,
  toBody,
  toHeader,
} from '@sm/core/transport'
import { onTestFinished } from 'vitest'
import {
  type ArchivedMessage,
  type ArchiveTransportOptions,
  archive,
  type ReadArchiveOptions,
  readArchive,
} from '../src/index.ts'

const ids = createUlids(systemClock, systemRandom)

export const topic: TopicAddress = { kind: 'topic', topic: 'order.placed' }

export const isRoot = process.getuid?.() === 0

/** A frame with a number as its payload, or with any other. */
export function frameOf(payload: Payload, header: Partial<Header> = {}): Frame {
  const body = toBody(payload, jsonCodec)
  return {
    body,
    header: toHeader({
      id: ids.next(),
      type: topic.topic,
      version: 1,
      from: 'shop/01J8ZQ7XKM3N5P6R8S9TAVBWCX',
      time: Date.now(),
      contentType: body.contentType,
      delivery: 'at-least-once',
      ...header,
    }),
  }
}

/** How an archive of a test is made. */
export interface ArchiveSetting extends Partial<ArchiveTransportOptions> {
  readonly agent?: string
  readonly namespace?: string
  readonly clock?: Clock
  readonly logger?: Logger
}

/** A directory of a test, removed at its end, and archives in it. */
export class World {
  readonly home = mkdtempSync(join(tmpdir(), 'sm-archive-'))
  readonly directory = join(this.home, 'files')

  constructor() {
    onTestFinished(() => rmSync(this.home, { recursive: true, force: true }))
  }

  /** An archive that is idle. */
  make({
    agent = 'shop',
    namespace = 'world',
    clock = systemClock,
    logger = silentLogger,
    ...options
  }: ArchiveSetting = {}) {
    const transport = archive.definition.create(
      { directory: this.directory, checkMs: 20, ...options },
      {
        ...{ agent, namespace, clock, logger, ids },
        instance: ids.next(),
        random: systemRandom,
        metrics: silentMetrics,
      },
    )
    onTestFinished(() => transport.stop())
    return transport
  }

  /** An archive that is ready. */
  async open(setting?: ArchiveSetting): Promise<Transport> {
    const transport = this.make(setting)
    await transport.start()
    return transport
  }

  /** Names of the files, in order. */
  files(): readonly string[] {
    return readdirSync(this.directory).sort()
  }

  bytesOf(file: string): Buffer {
    return readFileSync(join(this.directory, file))
  }

  reading(options: Partial<ReadArchiveOptions> = {}) {
    return readArchive({ directory: this.directory, ...options })
  }

  /** Everything that can be read; throws for what cannot, unless the options take faults. */
  async read(options: Partial<ReadArchiveOptions> = {}): Promise<readonly ArchivedMessage[]> {
    const messages: ArchivedMessage[] = []
    for await (const message of this.reading(options)) messages.push(message)
    return messages
  }

  /** The payloads of everything that can be read. */
  async payloads(options?: Partial<ReadArchiveOptions>): Promise<readonly Payload[]> {
    return (await this.read(options)).map(({ frame }) => frame.body.value())
  }
}

/** `0 … count - 1`. */
export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n)

/** Publishes frames, all in one tick. */
export const publishAll = (transport: Transport, payloads: readonly Payload[], header?: Partial<Header>) =>
  Promise.all(payloads.map(async payload => transport.publish(frameOf(payload, header), topic)))

/** What a publish rejects with or throws. */
export async function failureOf(publish: () => unknown): Promise<unknown> {
  try {
    await publish()
  } catch (error) {
    return error
  }
  throw new Error('It did not fail')
}

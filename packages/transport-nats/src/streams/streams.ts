import {
  DiscardPolicy,
  JetStreamApiCodes,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream'
import { type BrokeredSettings, brokerError } from '@sm/brokered'
import { type Clock, sleep } from '@sm/core/transport'
import type { NatsSettings } from '../options.ts'
import type { Session } from '../session.ts'
import type { Names } from '../wire/names.ts'
import { hasApiCode, toApiError } from './api-errors.ts'
import { settling } from './settling.ts'

type Settings = BrokeredSettings & Pick<NatsSettings, 'replicas' | 'maxStreamBytes'>
type Wanted = Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] }

const nanos = 1_000_000
/** Codes of JetStream for a stream that is in the way. */
const taken = [10058, 10065]
/** How often a stream is looked for that is in the way and cannot be found, and how long it is waited between, in milliseconds. */
const mostTries = 10
const pauseMs = 50

/** A publish that is repeated after a lost connection must meet its first try within this time. */
function duplicateWindow({ publishTimeoutMs }: Settings): number {
  return Math.max(10_000, 2 * publishTimeoutMs) * nanos
}

/** The stream of what is sent at least once: a frame stays until every group that wants it has acked it. */
function work(names: Names, settings: Settings): Wanted {
  return {
    name: names.stream,
    subjects: [names.streamSubjects],
    retention: RetentionPolicy.Interest,
    storage: StorageType.File,
    // Nothing that was accepted is dropped for what comes later.
    discard: DiscardPolicy.New,
    num_replicas: settings.replicas,
    max_bytes: settings.maxStreamBytes,
    duplicate_window: duplicateWindow(settings),
  }
}

/** The stream of dead letters: the oldest go when there are too many or they are too old. */
function dead(names: Names, settings: Settings): Wanted {
  return {
    name: names.deadStream,
    subjects: [names.deadSubjects],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    num_replicas: settings.replicas,
    max_msgs: settings.maxQueued,
    max_age: settings.keepMs * nanos,
    duplicate_window: Math.min(duplicateWindow(settings), settings.keepMs * nanos),
  }
}

/** The stream of tries: the last text of each subject, for as long as a frame may stay. */
function tries(names: Names, settings: Settings): Wanted {
  return {
    ...dead(names, settings),
    name: names.triesStream,
    subjects: [names.triesSubjects],
    max_msgs_per_subject: 1,
  }
}

/** Throws unless the stream that is there does what the transport needs. */
function requireFit({ config }: StreamInfo, wanted: Wanted): void {
  const differs = (['retention', 'discard'] as const).find(name => config[name] !== wanted[name])
  const covers = wanted.subjects.every(subject => config.subjects.includes(subject))
  if (differs === undefined && covers) return
  const why =
    differs === undefined ? `does not hold ${wanted.subjects.join()}` : `has the ${differs} "${config[differs]}"`
  throw brokerError('SM_BROKER_TOPOLOGY', `The stream ${wanted.name} was not made by this transport: it ${why}`)
}

/** Looks whether the stream is there as it should be, and mends what may differ. Undefined when there is none. */
async function adopt(wanted: Wanted, { streams }: JetStreamManager): Promise<StreamInfo | undefined> {
  let info: StreamInfo
  try {
    info = await streams.info(wanted.name)
  } catch (error) {
    if (hasApiCode(error, JetStreamApiCodes.StreamNotFound)) return undefined
    throw error
  }
  // Made by another agent, with other options: what is essential must be as it should, and the rest is left alone.
  requireFit(info, wanted)
  const window = wanted.duplicate_window ?? 0
  if (info.config.duplicate_window < window) {
    return streams.update(wanted.name, { ...info.config, duplicate_window: window })
  }
  return info
}

async function ensure(wanted: Wanted, manager: JetStreamManager, clock: Clock): Promise<StreamInfo> {
  for (let tries = 1; ; tries++) {
    try {
      return await settling(clock, async () => (await adopt(wanted, manager)) ?? (await manager.streams.add(wanted)))
    } catch (error) {
      // While somebody else makes it, it is in the way before it can be found.
      if (tries === mostTries || !taken.some(code => hasApiCode(error, code))) throw error
    }
    await sleep(clock, pauseMs)
  }
}

/** Makes sure that the streams of a namespace are there. Resolves with what the server says of its work; rejects with a coded error. */
export async function ensureStreams(
  names: Names,
  settings: Settings,
  manager: JetStreamManager,
  session: Session,
  clock: Clock,
): Promise<StreamInfo> {
  const make = async (wanted: Wanted) => {
    try {
      return await ensure(wanted, manager, clock)
    } catch (error) {
      throw toApiError(error, `make the stream ${wanted.name}`, session)
    }
  }
  const info = await make(work(names, settings))
  await make(dead(names, settings))
  await make(tries(names, settings))
  return info
}

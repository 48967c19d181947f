/** A fault of one line, as a slip of the keyboard might plant it, and the tests that should notice. */
export interface OneLine {
  /** The fault, in a few words. */
  readonly name: string
  /** Path from the root, the text that stands there once, and what it is replaced by. */
  readonly file: string
  readonly from: string
  readonly to: string
  /** Where tests of it stand, from the root. */
  readonly tests: readonly string[]
}

const core = ['packages/core/src', 'packages/core/test']
const mesh = ['packages/mesh/src', 'packages/transport-websocket/test/agents.test.ts']
const brokered = ['packages/brokered/src']
const bridge = ['packages/bridge/src']
const pipes = ['packages/transport-named-pipes/src', 'packages/transport-named-pipes/test/inbox.test.ts']
const redis = ['packages/transport-redis/src', 'packages/transport-redis/test/conformance.test.ts']
const nats = [
  'packages/transport-nats/src',
  'packages/transport-nats/test/conformance.test.ts',
  'packages/transport-nats/test/recovery.test.ts',
]
const amqp = [
  'packages/transport-amqp/src',
  'packages/transport-amqp/test/conformance.test.ts',
  'packages/transport-amqp/test/foreign.test.ts',
]

const archive = ['packages/transport-archive']

const of = (package_: string, tests: readonly string[]) => (file: string, name: string, from: string, to: string) => ({
  ...{ name, from, to, tests },
  file: `packages/${package_}/src/${file}`,
})
const inCore = of('core', core)
const inMesh = of('mesh', mesh)
const inBrokered = of('brokered', brokered)
const inBridge = of('bridge', bridge)
const inPipes = of('transport-named-pipes', pipes)
const inRedis = of('transport-redis', redis)
const inNats = of('transport-nats', nats)
const inAmqp = of('transport-amqp', amqp)
const inArchive = of('transport-archive', archive)

/** All of them: the rules of core first, then what wires are made of. */
export const oneLineMutants: readonly OneLine[] = [
  inCore('receiving/stages/expiry.ts', 'handles what has expired', 'endsAt <= clock.elapsed()', 'endsAt < 0'),
  inCore(
    'receiving/stages/filter.ts',
    'takes broadcasts for direct messages',
    'header.to !== undefined',
    'header.to !== null',
  ),
  inCore('receiving/stages/filter.ts', 'lets a sticky expression remember', 'test.lastIndex = 0', ''),
  inCore(
    'receiving/stages/deduplicate.ts',
    'handles what is done',
    "if (claim === 'done') return 'duplicate'",
    "if (claim === 'done') return run(job)",
  ),
  inCore(
    'receiving/stages/deduplicate.ts',
    'forgets why a message was given up',
    ': store.reject(handler, id, how)',
    ': store.commit(handler, id)',
  ),
  inCore(
    'receiving/stages/deduplicate.ts',
    'releases what was handled',
    "await settle(job, 'commit')",
    "await settle(job, 'release')",
  ),
  inCore(
    'receiving/stages/deduplicate.ts',
    'knows foreign events by their ids alone',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a line, as it stands.
    'return `${from} ${id}`',
    'return id',
  ),
  inCore('deduplication/ledger.ts', 'lets two handle one message at once', "if (this.#busy.has(id)) return 'busy'", ''),
  inCore('deduplication/ledger.ts', 'forgets all at each turn', 'this.#old = this.#young', 'this.#old = new IdRuns()'),
  inCore(
    'deduplication/ledger.ts',
    'takes whatever follows the last message for new',
    'const isNew = !this.#old.mayHold(id)',
    'const isNew = true',
  ),
  inCore(
    'receiving/stages/attempts.ts',
    'never gives up what ends its process',
    'if (job.attempt <= maxAttempts) return next(job)',
    'return next(job)',
  ),
  inCore(
    'receiving/stages/attempts.ts',
    'tries once too often',
    'job.attempt = count + uncounted',
    'job.attempt = count',
  ),
  inCore(
    'receiving/verdict.ts',
    'tries once more than it may',
    'job.attempt >= retry.maxAttempts',
    'job.attempt > retry.maxAttempts',
  ),
  inCore('receiving/verdict.ts', 'tries again what must not be', '!error.retryable || ', ''),
  inCore(
    'receiving/verdict.ts',
    'repeats what is sent at most once',
    "if (job.header.delivery === 'at-most-once') return acked",
    '',
  ),
  inCore(
    'receiving/stages/order-by-key.ts',
    'runs messages of one key at once',
    'if (key === undefined) return next(job)',
    'return next(job)',
  ),
  inCore(
    'receiving/stages/order-by-key.ts',
    'lets the last one of a key go first',
    'const first = lane?.shift()',
    'const first = lane?.pop()',
  ),
  inCore(
    'receiving/stages/concurrency.ts',
    'runs one more than it may',
    'if (running < limit)',
    'if (running <= limit)',
  ),
  inCore('receiving/stages/concurrency.ts', 'never frees a place', 'else running -= 1', ''),
  inCore(
    'receiving/stages/timeout.ts',
    'lets handlers run for ever',
    'if (endsAt < Number.POSITIVE_INFINITY) deadlines.add(deadline, endsAt)',
    '',
  ),
  inCore(
    'receiving/stages/timeout.ts',
    'calls a message that expired a slow handler',
    'job.endsAt < lateAt)',
    'false)',
  ),
  inCore('requests/pending-requests.ts', 'does not count late replies', 'this.#late += 1', ''),
  inCore('requests/pending-requests.ts', 'lets requests wait for ever', 'deadlines.add(pending, endsAt)', ''),
  inCore('requests/pending-requests.ts', 'has no limit of requests', 'this.#pending.size >= maxRequests', 'false'),
  inCore('transport-kit/dead-letters.ts', 'keeps dead letters without end', 'this.#letters.length > maxLetters ||', ''),
  inCore(
    'kernel/backoff.ts',
    'waits ever longer',
    'Math.min(options.maxMs, options.initialMs * options.factor ** (attempt - 1))',
    'options.initialMs * options.factor ** (attempt - 1)',
  ),
  inCore('kernel/bounded-logger.ts', 'logs without end', 'kind.lines === linesPerMinute', 'false'),
  inCore(
    'receiving/unhandled.ts',
    'counts a message without a handler as a try',
    'random), begun: false }',
    'random) }',
  ),
  inCore(
    'receiving/unhandled.ts',
    'never gives up what nobody handles',
    'clock.elapsed() - sighting.firstAt >= unhandledTimeoutMs',
    'false',
  ),
  inCore(
    'receiving/handler-scope.ts',
    'takes a handler that is done for one that calls',
    '(!call.hasReturned || running.has(call.job))',
    'true',
  ),
  inCore(
    'receiving/message-stream.ts',
    'leaves the second of two next() waiting',
    'for (const asking of this.#asking.drain()) asking({ value: undefined, done: true })',
    '',
  ),
  inMesh('groups/frame-copy.ts', 'does not count tries', 'if (begun) this.#attempt += 1', ''),
  inMesh(
    'groups/remote-group.ts',
    'sends keys to whoever has room',
    'if (header.key !== undefined)',
    'if (header.key === null)',
  ),
  inMesh(
    'groups/remote-group.ts',
    'lets a frame overtake those that wait',
    'if (this.#waiting.length > 0) return false',
    '',
  ),
  inMesh(
    'groups/remote-group.ts',
    'keeps what waits for ever',
    'if (this.waiting > 0) this.#await()',
    'if (this.waiting > 0) return',
  ),
  inMesh(
    'groups/remote-group.ts',
    'says nobody is there while the wire is cut',
    "if (absence === 'severed') this.#isSevered = true",
    '',
  ),
  inMesh(
    'groups/remote-group.ts',
    'takes a broken link for a goodbye',
    "if (absence === 'broken') this.#broken.add(member.instance)",
    '',
  ),
  inMesh('links/expected-peers.ts', 'expects a peer that is back', 'if (link.open) this.settled(instance)', ''),
  inMesh('links/peers.ts', 'does not hear that nobody is there', 'this.#expected.settled(known.sighting.instance)', ''),
  inMesh('links/link.ts', 'ends before its successor has told anything', 'await successor.barrier()', ''),
  inMesh(
    'links/peers.ts',
    'dials without a signal',
    'driver.dial(known.sighting, signal)',
    'driver.dial(known.sighting, new AbortController().signal)',
  ),
  inMesh(
    'links/peers.ts',
    'waits at its start for as long as it takes',
    'const endsAt = clock.elapsed() + timeoutMs',
    'const endsAt = clock.elapsed() + (timeoutMs + 1) * 1_000',
  ),
  inMesh(
    'links/heartbeat.ts',
    'takes its own pause for silence',
    'this.#heardAt += Math.max(0, this.#clock.elapsed() - due)',
    '',
  ),
  inBrokered(
    'publishing/outbox.ts',
    'sends what was lost last',
    'const pending = first(this.#lost) ?? first(this.#waiting)',
    'const pending = first(this.#waiting) ?? first(this.#lost)',
  ),
  inBrokered('publishing/outbox.ts', 'does not repeat what a lost connection took', 'this.#lost.add(pending)', ''),
  inBrokered(
    'publishing/outbox.ts',
    'has no limit of publishes under way',
    'this.#handed.size < this.#settings.maxInFlight',
    'true',
  ),
  inCore('routing/breaker.ts', 'closes with time', "? 'open' : 'half-open'", "? 'open' : 'closed'"),
  inCore(
    'routing/breaker.ts',
    'lets any number of probes through',
    "state === 'open' || this.#isProbing",
    "state === 'open'",
  ),
  inCore(
    'sending/direct-publish.ts',
    'moves what may have left',
    'if (mayHaveLeft && !this.#isRepeatNoticed) return false',
    '',
  ),
  inCore(
    'sending/direct-publish.ts',
    'moves after an unknown outcome',
    'hasEnded || (unknown && !this.#isRepeatNoticed)',
    'hasEnded',
  ),
  inCore(
    'sending/direct-publish.ts',
    'forgets that it may have arrived',
    'failureOnRoute(error, this.#mayHaveArrived, this.#steps)',
    'failureOnRoute(error, false, this.#steps)',
  ),
  inCore(
    'sending/wire.ts',
    'takes a slow receiver for a dead wire',
    'if (mayHaveLeft || this.#probes.get(attempt.to) === frame)',
    'if (true)',
  ),
  inCore(
    'sending/wire.ts',
    'lets a probe wait for room',
    'if (mayHaveLeft || this.#probes.get(attempt.to) === frame)',
    'if (mayHaveLeft)',
  ),
  inCore(
    'sending/wire.ts',
    'leaves a wire that takes something',
    'Math.max(since, this.#takenAt.get(to) ?? 0)',
    'since',
  ),
  inCore(
    'sending/wire.ts',
    'looks too late at a wire that takes nothing',
    'lastSign + settings.stallMs > now ? lastSign : now - settings.stallMs / 2',
    'Math.max(lastSign, now - settings.stallMs / 2)',
  ),
  inCore('sending/sender.ts', 'takes nothing back', 'if (wire.isDoubted) wire.recall()', ''),
  inCore('routing/plan.ts', 'returns to a wire at once', 'if (isReturning) return 2', ''),
  inBrokered(
    'publishing/outbox.ts',
    'says that what was written has not left',
    'choose(frame, mayHaveArrived)',
    'choose(frame, false)',
  ),
  inBridge(
    'crossing/marks.ts',
    'carries back onto a wire that a message came from',
    'passage.bridge === bridge || passage.wire === toWire',
    'passage.bridge === bridge',
  ),
  inBridge('crossing/marks.ts', 'believes any number of hops', "!HOPS.test(hops ?? '0')", 'false'),
  inBridge('near-side.ts', 'carries by every pattern', '!before.some(other => matchesPattern(other, topic))', 'true'),
  inBridge(
    'crossing/sender-lanes.ts',
    'lets a sender overtake itself',
    ' && this.#underWay.length < this.#maxInFlight',
    '',
  ),
  inBridge('crossing/sender-lanes.ts', 'goes on while something is repeated', '!this.#recovering && ', ''),
  inBridge(
    'crossing/other-side.ts',
    'takes a wire that is away for one without subscribers',
    "receipt.evidence !== 'none' || (wasReady && this.isReady)",
    'true',
  ),
  inBridge(
    'crossing/at-least-once-message.ts',
    'gives up during an outage',
    'if (!this.#side.isReady) return false',
    'return true',
  ),
  inBridge(
    'replies/reply-inboxes.ts',
    'tells no other instance who awaits replies',
    'tell(replyTo, inbox.toldUntil - now)',
    '',
  ),
  inBridge('replies/reply-inboxes.ts', 'closes inboxes that are needed', 'neededUntil <= now', 'true'),
  inPipes(
    'fifo-driver.ts',
    'takes an old look for a removed inbox',
    'if (!instances.has(instance) && !existsSync(this.#inboxPath))',
    'if (!instances.has(instance))',
  ),
  inRedis(
    'groups/turn.ts',
    'has every member take each frame',
    'if (place === this.#place) return true',
    'if (place >= 0) return true',
  ),
  inRedis(
    'publishing/bindings.ts',
    'misses patterns',
    'if (matchesPattern(pattern, topic)) found.push(queue)',
    'if (pattern === topic) found.push(queue)',
  ),
  inRedis(
    'consuming/queue.ts',
    'lets a glob stand for its pattern',
    "if (target.kind === 'pattern' && !matchesPattern(target.pattern, place.slice('topic:'.length))) return",
    '',
  ),
  inNats(
    'groups/queue-quota.ts',
    'grants more than there is',
    'this.#left = Math.max(0, Math.min(maxGrant, Math.ceil(room / 2)))',
    'this.#left = maxGrant',
  ),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a line, as it stands.
  inNats('publishing/at-least-once-publisher.ts', 'publishes without an id', '`Nats-Msg-Id: ${id}\\r\\n`', "''"),
  inNats(
    'publishing/address-lane.ts',
    'counts copies that were never made',
    'sequence > after && sequence <= until',
    'true',
  ),
  inAmqp(
    'consuming/consumption.ts',
    'takes more than there is room for',
    'this.#pending.length > 0 || this.#deps.sink.room === 0',
    'false',
  ),
  inCore('routing/plan.ts', 'has too small a quorum', 'Math.floor(length / 2) + 1', 'Math.ceil(length / 2)'),
  inCore(
    'routing/plan.ts',
    'counts archives for a quorum',
    '!capabilities.publishOnly && !unmetDemand',
    '!unmetDemand',
  ),
  inCore('routing/plan.ts', 'counts a lost wire as one that works', "state === 'ready' && breaker", 'breaker'),
  inCore(
    'routing/plan.ts',
    'counts a wire that takes nothing as one that works',
    "'ready' && breaker !== 'open'",
    "'ready'",
  ),
  inCore('routing/plan.ts', 'spreads over what is lost', 'doubt(candidate) === doubt(first) && ', ''),
  inCore('message/via.ts', 'takes a quorum of one', '(quorum as number) < 2', '(quorum as number) < 1'),
  inCore(
    'sending/require-via.ts',
    'asks more transports than there are',
    'via.quorum > carriers.length',
    'via.quorum > 65_536',
  ),
  inCore('sending/require-via.ts', 'lets two instances handle a copy each', '!isRepeatNoticed()', 'false'),
  inCore('sending/require-via.ts', 'spreads a broadcast', "via === 'spread' && to === undefined", 'false'),
  inCore('directory/audience.ts', 'takes any agent for one instance', 'if (instance !== undefined)', 'if (true)'),
  inCore(
    'directory/audience.ts',
    'takes two stores for one',
    'known.every(({ card }) => card?.store === store)',
    'true',
  ),
  inCore(
    'directory/roster.ts',
    'makes room for every stranger',
    'if (this.#instances.size < maxInstances)',
    'if (true)',
  ),
  inCore(
    'directory/roster.ts',
    'brings back who is gone',
    'if (seq <= (this.#gone.get(instance) ?? -1)) return undefined',
    '',
  ),
  inCore('directory/roster.ts', 'hides that two wires disagree', 'known.silence(wire)', 'known.lose(wire)'),
  inCore(
    'directory/known-instance.ts',
    'believes an echo',
    "if (seq <= this.#seqOn(wire)) return 'stale'\n    const isLinked",
    'const isLinked',
  ),
  inCore('directory/fingerprint.ts', 'has everyone answer a newcomer', 'return rank < 2 ** tries', 'return true'),
  inCore('directory/enquiry.ts', 'asks no more than once', 'tries + 1 < maxTries', 'false'),
  inCore('directory/presence.ts', 'says nothing to whoever speaks in its name', '    this.changed()\n  }\n}', '  }\n}'),
  inCore('directory/presence-message.ts', 'takes another version', 'value.v !== presenceVersion', 'false'),
  inCore('directory/presence-message.ts', 'believes another time', 'Math.abs(message.seq - now) > maxSkewMs', 'false'),
  inCore('sending/to-candidate.ts', 'skips a broker of which not all is known', 'isComplete && heard', 'heard'),
  inCore('routing/cover.ts', 'takes one that reaches some for all', 'reached.every(', 'reached.some('),
  inCore(
    'routing/quality.ts',
    'leaves a poor wire for ever',
    'now < this.#until ? this.#poor',
    'this.#poor ? this.#poor',
  ),
  inCore('sending/sender.ts', 'waits for a quorum that is not there', 'found.working < found.quorum', 'false'),
  inCore(
    'sending/sender.ts',
    'leaves out a wire that is away',
    "if (mode === 'all' && away.length > 0) throw wireAway(frame, away)",
    '',
  ),
  inCore(
    'sending/sender.ts',
    'forgets the key of what it spreads',
    'frame.header.key ?? this.#turns++',
    'this.#turns++',
  ),
  inCore('sending/sender.ts', 'spreads over one wire', 'this.#turns++', '0'),
  inCore(
    'sending/direct-publish.ts',
    'forgets whose turn it is',
    'this.#turn === undefined ? way.wires : inTurn(way, this.#turn)',
    'way.wires',
  ),
  inCore(
    'sending/direct-publish.ts',
    'forgets which wires refused',
    'this.#steps = [...this.#steps, failedStep(wire.name, error)]',
    '',
  ),
  inCore(
    'sending/turns.ts',
    'moves keys with the ladder',
    'wire => [wire, evenHash(',
    '(wire, i) => [wire, i + 0 * evenHash(',
  ),
  inCore(
    'sending/several-publish.ts',
    'is done with the first of all',
    "if (mode !== 'all' && this.#taken",
    'if (this.#taken',
  ),
  inCore(
    'sending/several-publish.ts',
    'counts wires on which nobody was there',
    "(this.#receipts.get(name)?.evidence ?? 'none') !== 'none'",
    'this.#receipts.has(name)',
  ),
  inCore(
    'sending/several-publish.ts',
    'says that nobody has what is under way',
    'const isUnknown = this.#open + taken.length > 0 ||',
    'const isUnknown =',
  ),
  inCore('sending/several-publish.ts', 'blames no wire', 'else wire.failed(this)', 'else wire.withdrawn(this)'),
  inCore(
    'sending/several-publish.ts',
    'waits for what cannot be any more',
    " || (mode !== 'all' && this.#taken.length + this.#open < quorum)",
    '',
  ),
  inCore('sending/going-on.ts', 'goes on any number of times', 'this.#count >= this.#maxPublishes', 'false'),
  inCore('sending/going-on.ts', 'stops the time of what goes on', 'sending.hold()', ''),
  inCore('sending/publish-scope.ts', 'keeps the time of what has ended', 'this.#forget?.()', ''),
  inCore('sending/publish-scope.ts', 'holds a wire for ever', 'this.wire?.release()', ''),
  inCore('routing/plan.ts', 'takes an archive for a receiver', '=> !capabilities.publishOnly)\n', '=> true)\n'),
  inCore('routing/plan.ts', 'copies what nobody wants', 'if (wants === false)', 'if (wants === undefined)'),
  inCore('routing/plan.ts', 'writes down what must be encrypted', "need => need === 'encrypted'", '() => false'),
  inCore('sending/copies.ts', 'never requires a copy', 'if (this.#settings.requiresCopies)', 'if (false)'),
  inCore('sending/copies.ts', 'keeps any number of copies', 'if (this.#underWay >= maxPublishes)', 'if (false)'),
  inCore('agent/compose.ts', 'subscribes to archives', 'new Feeds(receiving, ', 'new Feeds(transports, '),
  inCore('sending/wire.ts', 'waits for nothing that stays', 'return this.#staying === 0 && this', 'return this'),
  inCore('sending/wire.ts', 'goes on sending by what is drained', "this.#isRetired ? 'stopping' : ", ''),
  inCore('sending/wire.ts', 'takes nothing back from what is drained', 'return this.#isRetired || ', 'return '),
  inCore(
    'sending/wire.ts',
    'wakes nobody who waits for a wire',
    'this.#attempts.delete(frame)\n    this.#wakeIfIdle()',
    'this.#attempts.delete(frame)',
  ),
  inCore(
    'sending/sender.ts',
    'keeps the last carrier once it is drained',
    '!transport.capabilities.publishOnly && !isRetired',
    '!transport.capabilities.publishOnly',
  ),
  inCore('receiving/feeds.ts', 'opens nothing later on what was added', 'this.#transports.add(transport)', ''),
  inCore(
    'receiving/feeds.ts',
    'trusts a second transport at most once',
    'this.#hadSeveral ||= this.#transports.size > 0',
    '',
  ),
  inCore('receiving/feeds.ts', 'opens new feeds on what is drained', 'this.#transports.delete(transport)', ''),
  inCore('agent/join-transport.ts', 'lets frames wait that leave the process', 'frames.leavesProcess()', ''),
  inCore('agent/agent-transports.ts', 'adds one twice at once', ' || this.#coming.has(name)', ''),
  inCore('agent/agent-transports.ts', 'remembers what could not be added', 'this.#coming.delete(name)', ''),
  inCore('agent/join-transport.ts', 'leaves open what could not be added', 'await stopTransports([ranked])', ''),
  inCore('agent/drain-transport.ts', 'closes reply inboxes before the replies', 'close, closesLast)', 'close)'),
  inCore('agent/agent-transports.ts', 'drains without an end', 'if (signal.aborted) ends.abort()', ''),
  inCore('agent/drain-transport.ts', 'stays where it has left', 'presence.part(name).then(', 'Promise.resolve().then('),
  inCore('agent/agent-transports.ts', 'keeps what has stopped', 'sender.remove(name)', ''),
  inCore('agent/agent-transports.ts', 'moves to what keeps nothing', 'subscriptions.requireDurable(others)', ''),
  inCore(
    'agent/join-transport.ts',
    'carries before it is known who is there',
    'if (isPresentOn(transport, settings)) await othersKnown',
    'if (false) await othersKnown',
  ),
  inCore('agent/migrate.ts', 'leaves before others have come', ' && audience.onlyOn(from.name, to).length === 0', ''),
  inCore('agent/migrate.ts', 'does not wait for silence', 'since >= quietMs && !isBusy', '!isBusy'),
  inCore('agent/migrate.ts', 'leaves what is not settled', 'since >= quietMs && !isBusy', 'since >= quietMs'),
  inCore('agent/migrate.ts', 'goes on sending by the old one', 'sender.wire(name)?.retire()', ''),
  inCore('agent/migrate.ts', 'does not go back to both', '    readmit()\n', ''),
  inCore('agent/message-tally.ts', 'takes a repeat for a first', 'this.#handledTwice += 1', ''),
  inArchive(
    'writing/archive-file.ts',
    'leaves a part of a write',
    'truncate(this.#bytes)',
    'truncate(this.#bytes + 1)',
  ),
  inArchive('writing/archive-file.ts', 'takes a part for the whole', 'from += bytesWritten', 'from += chunk.length'),
  inArchive('writing/archive-file.ts', 'writes to a file that was removed', '.nlink > 0', '.nlink >= 0'),
  inArchive('writing/archive-writer.ts', 'has room for everything', 'this.#bytes === 0 ||', 'true ||'),
  inArchive(
    'writing/archive-writer.ts',
    'forgets who waits for room',
    '    this.#admit()\n  }\n\n  /** Ends',
    '  }\n\n  /** Ends',
  ),
  inArchive('writing/rotating-file.ts', 'lets files grow', 'file.bytes + bytes > this.#settings.maxFileBytes', 'false'),
  inArchive('writing/retention.ts', 'removes what is written', '.filter(isClosed)', ''),
  inArchive('writing/upkeep.ts', 'never looks for its directory', '!(await directory.isThere())', 'false'),
  inArchive('files/archive-directory.ts', 'follows a link', "if (stats.isSymbolicLink()) return 'is a link'", ''),
  inArchive('files/zstd-frame.ts', 'forgets the checksum', 'header.hasChecksum ? 4 : 0', '0'),
  inArchive('reading/read-archive.ts', 'is silent of a torn end', 'if (lines.hasRest) faults.torn({ file })', ''),
]

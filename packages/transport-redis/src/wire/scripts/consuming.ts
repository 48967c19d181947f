import { defineScript, nobody } from './script.ts'

/** Removes frames that are done. For each key the number of its ids, and the ids. */
export const ackScript = defineScript(
  'ack',
  `
local at = 1
for _, queue in ipairs(KEYS) do
  local count = tonumber(ARGV[at])
  for i = at + 1, at + count, 1000 do
    local last = math.min(i + 999, at + count)
    redis.call('XACK', queue, GROUP, unpack(ARGV, i, last))
    redis.call('XDEL', queue, unpack(ARGV, i, last))
  end
  at = at + count + 1
end
return 1
`,
)

/**
 * Puts frames that were not done behind all others, now or when they are due: id, attempts so far and delay in turn. Those
 * that somebody else holds by now are left alone. Returns the milliseconds until the next one is due, or -1.
 */
export const nackScript = defineScript(
  'nack',
  `
local queue, delayed, begun, me = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local at = now()
for i = 2, #ARGV, 3 do
  local id, attempt, delayMs = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local mine = redis.call('XPENDING', queue, GROUP, id, id, 1, me)
  local entry = mine[1] and redis.call('XRANGE', queue, id, id)[1]
  if entry then
    local event, since
    for j = 1, #entry[2], 2 do
      if entry[2][j] == 'event' then event = entry[2][j + 1] elseif entry[2][j] == 'since' then since = entry[2][j + 1] end
    end
    since = since or string.match(id, '^%d+')
    if string.sub(attempt, 1, 1) == '+' then
      attempt = tostring(tonumber(attempt) + tonumber(redis.call('HGET', begun, id) or 0))
      redis.call('HDEL', begun, id)
    end
    redis.call('XACK', queue, GROUP, id)
    redis.call('XDEL', queue, id)
    if delayMs > 0 then redis.call('ZADD', delayed, at + delayMs, attempt .. ':' .. since .. '/' .. id .. ':' .. event)
    else redis.call('XADD', queue, '*', 'event', event, 'attempt', attempt, 'since', since) end
  end
end
local lasts = redis.call('PTTL', queue)
if lasts > 0 then redis.call('PEXPIRE', delayed, lasts) end
return promote(queue, delayed, 500)
`,
)

/** Counts a try that begins, by the id of its entry, and returns how many have begun. */
export const beginScript = defineScript(
  'begin',
  `
local count = redis.call('HINCRBY', KEYS[1], ARGV[1], 1)
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return count
`,
)

/** Lets frames go that are due again. Returns the milliseconds until the next one is, or -1. */
export const promoteScript = defineScript('promote', `return promote(KEYS[1], KEYS[2], 500)`)

/** Moves frames to the dead letters: id, attempts, code and message in turn. */
export const rejectScript = defineScript(
  'reject',
  `
local queue, dead, name, most, keepMs = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
for i = 4, #ARGV, 4 do
  local id = ARGV[i]
  local entry = redis.call('XRANGE', queue, id, id)[1]
  if entry then
    redis.call('XACK', queue, GROUP, id)
    redis.call('XDEL', queue, id)
    local letter = { 'queue', name, 'id', id, 'attempt', ARGV[i + 1], 'code', ARGV[i + 2], 'message', ARGV[i + 3] }
    for j = 1, #entry[2], 2 do
      if entry[2][j] ~= 'attempt' and entry[2][j] ~= 'since' then
        letter[#letter + 1] = entry[2][j]
        letter[#letter + 1] = entry[2][j + 1]
      end
    end
    redis.call('XADD', dead, 'MAXLEN', '~', most, '*', unpack(letter))
    redis.call('PEXPIRE', dead, keepMs)
  end
end
return 1
`,
)

/**
 * Takes over as many frames as there is room for from those that are no members any more, oldest first. Returns whether more
 * are left, and \`[id, deliveries, fields]\` each.
 */
export const claimScript = defineScript(
  'claim',
  `
local queue, members, me, left = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local claimed, more = {}, 0
for _, orphan in ipairs(orphansOf(queue, members)) do
  if left <= 0 then
    more = 1
    break
  end
  local pending = redis.call('XPENDING', queue, GROUP, '-', '+', left, orphan)
  if #pending == left then more = 1 end
  for _, each in ipairs(pending) do
    local id = each[1]
    redis.call('XCLAIM', queue, GROUP, me, 0, id)
    local entry = redis.call('XRANGE', queue, id, id)[1]
    if entry then
      claimed[#claimed + 1] = { id, each[4], entry[2] }
      left = left - 1
    else
      redis.call('XACK', queue, GROUP, id)
    end
  end
end
return { more, claimed }
`,
)

/** Gives back frames that were read, but handed to nobody: id after id. Others hear that there is something to claim. */
export const releaseScript = defineScript(
  'release',
  `
local queue, members, name, channel = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
for i = 3, #ARGV do redis.call('XCLAIM', queue, GROUP, '${nobody}', 0, ARGV[i], 'RETRYCOUNT', 0, 'JUSTID') end
notice(channel, name, members, 1)
return 1
`,
)

/**
 * How many frames of a queue are not in the hands of other members that are heard: what a last member has still to see to. None
 * where another takes what comes.
 */
export const remainingScript = defineScript(
  'remaining',
  `
local queue, members, delayed, me, presence = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2]
local others = 0
for _, member in ipairs(redis.call('ZRANGE', members, 0, -1)) do
  local name = string.sub(member, 2)
  if name ~= me and isHeard(presence, name) then
    if string.sub(member, 1, 1) == '+' then return 0 end
    others = others + pendingOf(queue, name)
  end
end
return redis.call('XLEN', queue) + redis.call('ZCARD', delayed) - others
`,
)

/** Makes the stream by which a reader that waits is woken. */
export const wakeScript = defineScript(
  'wake',
  `
redis.call('DEL', KEYS[1])
redis.call('XGROUP', 'CREATE', KEYS[1], GROUP, '0', 'MKSTREAM')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`,
)

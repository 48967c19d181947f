import { defineScript } from './script.ts'

/**
 * Makes this side a member of a group, and the queue and its binding where they are not there yet. Everyone hears of it on
 * the control channel, at the same place among the frames. What this member holds under earlier names is taken over.
 *
 * Returns how many orphans there are, what was taken over (`[id, deliveries, fields]` each), and 1 if the queue is new.
 */
export const joinScript = defineScript(
  'join',
  `
local version, bindings, leases, durable, queue, members = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local name, target, me, previous, channel = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local deadMs, graceMs, keepMs, sharedMs = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local wantsDurable, hasStreams, base = ARGV[10] == '1', ARGV[11] == '1', ARGV[12]
local at = now()
-- First something that is allowed when memory has run out: then the rest is, too.
redis.call('PEXPIRE', queue, graceMs)
local kept, isNew = {}, 0
if hasStreams then
  local made = redis.pcall('XGROUP', 'CREATE', queue, GROUP, '0', 'MKSTREAM')
  if made.err and not string.find(made.err, 'BUSYGROUP') then return made end
  if not made.err then isNew = 1 end
  if wantsDurable then redis.call('SADD', durable, name) end
end
local lastsMs = graceMs
if redis.call('SISMEMBER', durable, name) == 1 then lastsMs = keepMs end
redis.call('PEXPIRE', queue, lastsMs)
redis.call('ZADD', members, at + deadMs, '+' .. me)
for name in string.gmatch(previous, '[^,]+') do
  redis.call('ZREM', members, '+' .. name, '-' .. name)
  local held = hasStreams and redis.call('XPENDING', queue, GROUP, '-', '+', 100000, name) or {}
  for _, pending in ipairs(held) do
    local id, deliveries = pending[1], pending[4]
    redis.call('XCLAIM', queue, GROUP, me, 0, id, 'JUSTID')
    local entry = redis.call('XRANGE', queue, id, id)[1]
    if entry then kept[#kept + 1] = { id, deliveries, entry[2] }
    else redis.call('XACK', queue, GROUP, id) end
  end
end
redis.call('PEXPIRE', members, lastsMs)
redis.call('ZADD', leases, at + lastsMs, name)
local changed, bound
if hasStreams and redis.call('HGET', bindings, name) ~= target then
  local fresh = redis.call('EXISTS', bindings) == 0
  redis.call('HSET', bindings, name, target)
  if fresh then redis.call('PEXPIRE', bindings, sharedMs) end
  changed, bound = bump(version, base, sharedMs), target
end
for _, key in ipairs({ leases, durable }) do
  if redis.call('PTTL', key) == -1 then redis.call('PEXPIRE', key, sharedMs) end
end
for _, key in ipairs({ version, bindings, leases, durable }) do extend(key, sharedMs) end
notice(channel, name, members, 0, changed, bound)
local orphans = 0
if hasStreams then orphans = #orphansOf(queue, members) end
return { orphans, kept, isNew }
`,
)

/**
 * This side takes on nothing new. Returns 1 when nobody is heard who takes what has been accepted for the group and must not be
 * kept: then the queue has to be emptied here. It is bound no more unless a member that is not heard may come back.
 */
export const retireScript = defineScript(
  'retire',
  `
local version, bindings, durable, members = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local name, me, channel, deadMs, sharedMs, base = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local presence = ARGV[7]
local at = now()
redis.call('ZREM', members, '+' .. me)
redis.call('ZADD', members, at + deadMs, '-' .. me)
local others, heard = 0, 0
for _, member in ipairs(redis.call('ZRANGEBYSCORE', members, at, '+inf')) do
  if string.sub(member, 1, 1) == '+' then
    others = others + 1
    if isHeard(presence, string.sub(member, 2)) then heard = heard + 1 end
  end
end
local last, changed = 0, nil
if heard == 0 and redis.call('SISMEMBER', durable, name) == 0 then
  last = 1
  if others == 0 then changed = unbind(version, bindings, name, base, sharedMs) end
end
notice(channel, name, members, 0, changed, changed and '' or nil)
return last
`,
)

/**
 * Ends the membership: what this side holds is for others to claim. A queue that nobody is left for is removed at once if
 * it is empty, kept for its time if it is durable, and for the grace if it is not.
 */
export const leaveScript = defineScript(
  'leave',
  `
local version, bindings, leases, durable = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local queue, members, delayed = KEYS[5], KEYS[6], KEYS[7]
local name, me, channel, graceMs, keepMs = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5])
local sharedMs, base = tonumber(ARGV[6]), ARGV[7]
local at = now()
redis.call('ZREM', members, '+' .. me, '-' .. me)
local orphans = #orphansOf(queue, members)
local changed
if redis.call('ZCARD', members) == 0 then
  local lastsMs = keepMs
  if redis.call('SISMEMBER', durable, name) == 0 then
    lastsMs = graceMs
    changed = unbind(version, bindings, name, base, sharedMs)
    if redis.call('XLEN', queue) + redis.call('ZCARD', delayed) == 0 then lastsMs = 0 end
  end
  if lastsMs == 0 then
    redis.call('DEL', queue, delayed)
    redis.call('ZREM', leases, name)
  else
    redis.call('PEXPIRE', queue, lastsMs)
    redis.call('PEXPIRE', delayed, lastsMs)
    redis.call('ZADD', leases, at + lastsMs, name)
    extend(leases, lastsMs)
  end
end
notice(channel, name, members, orphans, changed, changed and '' or nil)
return 1
`,
)

/** Removes a queue whose lease has run out, unless a member has come since; and the binding of one of others that is not there. */
export const dropScript = defineScript(
  'drop',
  `
local version, bindings, leases, durable = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local queue, members, delayed = KEYS[5], KEYS[6], KEYS[7]
local name, channel, sharedMs, base = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local lease = redis.call('ZSCORE', leases, name)
if lease and tonumber(lease) > now() then return 0 end
if not lease and redis.call('EXISTS', queue) == 1 then return 0 end
redis.call('DEL', queue, members, delayed)
redis.call('ZREM', leases, name)
redis.call('SREM', durable, name)
local changed = unbind(version, bindings, name, base, sharedMs)
notice(channel, name, members, 0, changed, changed and '' or nil)
return 1
`,
)

/**
 * Looks which members of a group hear nothing any more, and lets them take on nothing new: a process that was killed is not silent
 * for long enough to be dead yet. Returns their names.
 */
export const deafScript = defineScript(
  'deaf',
  `
local members, name, channel, presence = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local deaf = {}
for _, member in ipairs(redis.call('ZRANGE', members, 0, -1)) do
  local own = string.sub(member, 2)
  if string.sub(member, 1, 1) == '+' and not isHeard(presence, own) then
    redis.call('ZADD', members, redis.call('ZSCORE', members, member), '-' .. own)
    redis.call('ZREM', members, member)
    deaf[#deaf + 1] = own
  end
end
if #deaf > 0 then notice(channel, name, members, 0) end
return deaf
`,
)

/**
 * Shows that this side is alive, for each of its queues: extends what it keeps up, buries members that have been silent
 * for too long (if `bury`), and lets go what is due again.
 *
 * Returns per queue: 0 all is well, 1 there are orphans, 2 it is gone; and the names of queues whose lease has run out.
 */
export const heartbeatScript = defineScript(
  'heartbeat',
  `
local version, bindings, leases, durable, producer, wake = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local me, channel, deadMs, graceMs, keepMs = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local sharedMs, bury, hasStreams = tonumber(ARGV[6]), ARGV[7] == '1', ARGV[8] == '1'
local at = now()
redis.call('PEXPIRE', wake, graceMs)
redis.call('PEXPIRE', producer, sharedMs)
for _, key in ipairs({ version, bindings, leases, durable }) do extend(key, sharedMs) end
local found = {}
local place = 9
for i = 7, #KEYS, 3 do
  local queue, members, delayed = KEYS[i], KEYS[i + 1], KEYS[i + 2]
  local name, state = ARGV[place], ARGV[place + 1]
  place = place + 2
  if not redis.call('ZSCORE', members, state .. me) or (hasStreams and redis.call('EXISTS', queue) == 0) then
    found[#found + 1] = 2
  else
    local lastsMs = graceMs
    if redis.call('SISMEMBER', durable, name) == 1 then lastsMs = keepMs end
    for _, key in ipairs({ queue, members, delayed }) do redis.call('PEXPIRE', key, lastsMs) end
    redis.call('ZADD', members, at + deadMs, state .. me)
    redis.call('ZADD', leases, at + lastsMs, name)
    local buried = 0
    if bury then buried = redis.call('ZREMRANGEBYSCORE', members, '-inf', '(' .. at) end
    local orphans = 0
    if hasStreams then
      orphans = #orphansOf(queue, members)
      promote(queue, delayed, 500)
    end
    if buried > 0 then notice(channel, name, members, orphans) end
    found[#found + 1] = orphans > 0 and 1 or 0
  end
end
return { found, redis.call('ZRANGEBYSCORE', leases, '-inf', '(' .. at, 'LIMIT', 0, 32) }
`,
)

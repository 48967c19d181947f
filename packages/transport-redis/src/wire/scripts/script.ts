import { createHash } from 'node:crypto'

/** A Lua script as the server knows it: what it does happens at one moment, seen by nobody half done. */
export interface Script {
  readonly name: string
  readonly body: string
  /** The name under which the server keeps it. */
  readonly sha: string
}

/** Name of the consumer group that every queue has: each queue is a stream of its own. */
export const consumerGroup = 'sm'

/** Owner of frames that were read by someone who takes on nothing new: the next claim finds them. */
export const nobody = '-'

/** How many batches of a publisher may be under way: so many the server remembers. */
export const maxBatches = 4

/** Lua that several scripts share. */
const prelude = `
local GROUP = '${consumerGroup}'

local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Keys without an expiry are somebody else's, who wants them kept.
local function extend(key, ms)
  local left = redis.call('PTTL', key)
  if left >= 0 and left < ms then redis.call('PEXPIRE', key, ms) end
end

local function bump(version, base, ms)
  if redis.call('EXISTS', version) == 0 then redis.call('SET', version, base, 'PX', ms)
  else redis.call('INCR', version) end
  return redis.call('GET', version)
end

-- Members whose name begins with + take what comes, those with - only finish what they have.
local function notice(channel, queue, members, orphans, version, target)
  local taking = {}
  for _, member in ipairs(redis.call('ZRANGE', members, 0, -1)) do
    if string.sub(member, 1, 1) == '+' then taking[#taking + 1] = string.sub(member, 2) end
  end
  local news = { queue = queue, members = taking, orphans = orphans, version = version, target = target }
  redis.call('PUBLISH', channel, cjson.encode(news))
end

-- Consumers that are no members any more: what they hold is for others to claim.
local function orphansOf(queue, members)
  local found = {}
  local consumers = redis.pcall('XINFO', 'CONSUMERS', queue, GROUP)
  if consumers.err then return found end
  for _, consumer in ipairs(consumers) do
    local name, pending
    for i = 1, #consumer, 2 do
      if consumer[i] == 'name' then name = consumer[i + 1]
      elseif consumer[i] == 'pending' then pending = consumer[i + 1] end
    end
    if not redis.call('ZSCORE', members, '+' .. name) and not redis.call('ZSCORE', members, '-' .. name) then
      if pending > 0 then found[#found + 1] = name
      else redis.call('XGROUP', 'DELCONSUMER', queue, GROUP, name) end
    end
  end
  return found
end

-- Whether a member listens. One that was killed does not, though it is a member for as long as its silence may mean nothing.
local function isHeard(presence, member)
  return redis.call('PUBSUB', 'NUMSUB', presence .. member)[2] > 0
end

local function pendingOf(queue, consumer)
  local consumers = redis.pcall('XINFO', 'CONSUMERS', queue, GROUP)
  if consumers.err then return 0 end
  for _, each in ipairs(consumers) do
    local name, pending
    for i = 1, #each, 2 do
      if each[i] == 'name' then name = each[i + 1] elseif each[i] == 'pending' then pending = each[i + 1] end
    end
    if name == consumer then return pending end
  end
  return 0
end

local function unbind(version, bindings, queue, base, ms)
  if redis.call('HDEL', bindings, queue) == 0 then return nil end
  local number = bump(version, base, ms)
  if redis.call('EXISTS', bindings) == 0 then redis.call('DEL', version) end
  return number
end

-- Lets the frames go that are due again. Returns the milliseconds until the next one is, or -1.
local function promote(queue, delayed, most)
  local at = now()
  for _, packed in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', at, 'LIMIT', 0, most)) do
    local attempt, since, event = string.match(packed, '^(%d+):(%d+)[^:]*:(.*)$')
    redis.call('ZREM', delayed, packed)
    redis.call('XADD', queue, '*', 'event', event, 'attempt', attempt, 'since', since)
  end
  local first = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
  if #first == 0 then return -1 end
  return math.max(0, first[2] - at)
end
`

/** Declares a script. */
export function defineScript(name: string, text: string): Script {
  const body = `${prelude}${text}`
  return { name, body, sha: createHash('sha1').update(body).digest('hex') }
}

import { defineScript, maxBatches } from './script.ts'

/** Publishes frames at most once, in runs: channel, number of events, events. Returns how many connections got each. */
export const publishOnceScript = defineScript(
  'publish-once',
  `
local receivers = {}
local at = 1
while at <= #ARGV do
  local channel, last = ARGV[at], at + 1 + ARGV[at + 1]
  for i = at + 2, last do receivers[#receivers + 1] = redis.call('PUBLISH', channel, ARGV[i]) end
  at = last + 1
end
return receivers
`,
)

/**
 * Begins a session of a publisher: batches of earlier ones are refused from now on. Returns the epoch of the session, the
 * version of the bindings, the bindings, and the batches that were appended last, each as its number and its result.
 */
export const fenceScript = defineScript(
  'fence',
  `
local producer, version, bindings = KEYS[1], KEYS[2], KEYS[3]
redis.call('PEXPIRE', producer, ARGV[1])
local epoch = redis.call('HINCRBY', producer, 'epoch', 1)
redis.call('HDEL', producer, 'refused')
redis.call('PEXPIRE', producer, ARGV[1])
local results = {}
for i = 0, ${maxBatches - 1} do results[i + 1] = redis.call('HGET', producer, 'batch' .. i) or '' end
return { epoch, redis.call('GET', version) or '', redis.call('HGETALL', bindings), results }
`,
)

/** The version of the bindings, and the bindings. */
export const bindingsScript = defineScript(
  'bindings',
  `return { redis.call('GET', KEYS[1]) or '', redis.call('HGETALL', KEYS[2]) }`,
)

/**
 * Appends a batch of frames to the queues that the publisher has found for them. After `version`, epoch, number of the batch,
 * number of the last answer that the publisher has seen, and `maxQueued` come runs: number of queues, their places among
 * the keys, number of frames, the events.
 *
 * Returns `{ 1, appended… }`, for each queue how many of its frames were, in order, until it was full (-1: it is gone, -2: it
 * is something else). A batch of which nothing was appended: `{ 2, version, bindings }` when the publisher does not know
 * the bindings of now; `{ 3 }` when its session is over; `{ 4 }` when frames before it were not appended, and the publisher
 * did not know that; `{ 5, error }` when the server cannot write, which also ends the session.
 */
export const publishScript = defineScript(
  'publish',
  `
local producer, number = KEYS[3], ARGV[3]
local state = redis.call('HMGET', producer, 'epoch', 'refused')
if state[1] ~= ARGV[2] then return { 3 } end
if state[2] and tonumber(state[2]) > tonumber(ARGV[4]) then return { 4 } end
local slot = 'batch' .. (number % ${maxBatches})
-- First something that is refused when memory has run out: then nothing has happened.
local begun = redis.pcall('HSET', producer, slot, '')
if type(begun) == 'table' then
  redis.call('HDEL', producer, 'epoch')
  return { 5, begun.err }
end
local known = redis.call('GET', KEYS[1]) or ''
if known ~= ARGV[1] then
  redis.call('HSET', producer, 'refused', number)
  return { 2, known, redis.call('HGETALL', KEYS[2]) }
end
local most = tonumber(ARGV[5])
local room, reply, refused = {}, { 1 }, false
for i = 4, #KEYS, 2 do
  local length = redis.pcall('XLEN', KEYS[i])
  local place = (i - 2) / 2
  reply[place + 1] = 0
  if type(length) == 'table' then reply[place + 1] = -2
  else
    -- A key that somebody has used for something else holds nothing back.
    local delayed = redis.pcall('ZCARD', KEYS[i + 1])
    room[place] = most - length - (type(delayed) == 'number' and delayed or 0)
  end
end
local at = 6
while at <= #ARGV do
  local queues = tonumber(ARGV[at])
  local frames = tonumber(ARGV[at + queues + 1])
  local first = at + queues + 2
  for q = at + 1, at + queues do
    local place = tonumber(ARGV[q])
    local key = KEYS[place * 2 + 2]
    for i = first, first + frames - 1 do
      if not room[place] or room[place] <= 0 then
        refused = true
        break
      end
      if redis.call('XADD', key, 'NOMKSTREAM', '*', 'event', ARGV[i]) then
        room[place] = room[place] - 1
        reply[place + 1] = reply[place + 1] + 1
      else
        room[place] = 0
        refused = true
        reply[place + 1] = -1
      end
    end
  end
  at = first + frames
end
redis.call('HSET', producer, slot, number .. ',' .. table.concat(reply, ',', 2))
if refused then redis.call('HSET', producer, 'refused', number) end
return reply
`,
)

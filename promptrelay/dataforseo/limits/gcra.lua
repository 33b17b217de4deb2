-- Grants the next slot of a rate allowance, or says when to ask again. Times are microseconds of Redis.
--
-- KEYS[1]  hash: run (Redis run id), tat (when the bucket is full again), own:<share> (the same of a share)
-- ARGV     1 interval between slots   2 burst   3 most a slot may lie ahead   4 delay of the first slot
--          5 share, or ""   6 its interval   7 its burst   8 most ahead beyond its part   9 push everyone back by
-- Returns  {1, how far ahead the slot lies} or {0, in how long to ask again}
local key = KEYS[1]
local interval, burst, horizon, first = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local share, own_interval, own_burst = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local spare, push = tonumber(ARGV[8]), tonumber(ARGV[9])

local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
-- Numbers above 2^46 lose digits in Lua's own text form.
local function put(field, value) redis.call('HSET', key, field, string.format('%.0f', value)) end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local tat = tonumber(redis.call('HGET', key, 'tat'))
if not tat or redis.call('HGET', key, 'run') ~= run then
  -- Nobody knows what was granted before: start with an empty bucket, behind every slot that may be out.
  tat = math.max(tat or 0, now + first + (burst - 1) * interval)
  redis.call('HSET', key, 'run', run)
  put('tat', tat)
end

if push > 0 then
  put('tat', math.max(tat, now + push + (burst - 1) * interval))
  return {1, 0}
end

local slot = math.max(now, tat - (burst - 1) * interval)
local ahead = slot - now
local furthest = horizon
if share ~= '' then
  local own = tonumber(redis.call('HGET', key, 'own:' .. share)) or 0
  if own - (own_burst - 1) * own_interval <= now then
    -- Within its guaranteed part: it may book as far ahead as anyone may.
    if ahead <= furthest then put('own:' .. share, math.max(own, now) + own_interval) end
  else
    -- Beyond it: only what the others leave over, so that they never find the next seconds taken.
    furthest = math.min(horizon, spare)
  end
end
if ahead > furthest then return {0, ahead - furthest} end
put('tat', math.max(tat, slot) + interval)
return {1, ahead}

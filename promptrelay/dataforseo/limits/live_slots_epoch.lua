-- Put in front of every live slot script: the clock, the keys, and whether the slots may be handed out.
--
-- KEYS[1]  hash: run (Redis run id), epoch (its name), closed (until when, then 0 once open), hold:<platform>
-- KEYS[2…] one sorted set a platform: holders by the time their lease ends
-- ARGV[1]  start window, microseconds
local meta = KEYS[1]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
-- Numbers above 2^46 lose digits in Lua's own text form.
local function whole(value) return string.format('%.0f', value) end

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
if redis.call('HGET', meta, 'run') ~= run then
  -- A new Redis, or its keys are lost: leases may be missing. Whoever took one may still start a call
  -- inside the start window; after that, SQL knows of every call that may be running.
  redis.call('HSET', meta, 'run', run, 'epoch', run .. ':' .. whole(now), 'closed', whole(now + tonumber(ARGV[1])))
end
local epoch = redis.call('HGET', meta, 'epoch')
local closed = tonumber(redis.call('HGET', meta, 'closed'))

local function in_use(key)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now))
  return redis.call('ZCARD', key)
end
local function in_use_everywhere()
  local sum = 0
  for i = 2, #KEYS do sum = sum + in_use(KEYS[i]) end
  return sum
end

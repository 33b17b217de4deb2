-- Remembers the numbers of an account's paid calls, so that a database that went back in time is noticed.
--
-- KEYS[1]  hash: run (Redis run id), highest, floor (nothing at or below it can be vouched for)
-- KEYS[2]  sorted set: the numbers used lately
-- ARGV     1 'read' | 'seed' | 'use'   2 number   3 how many used numbers are kept
-- Returns  {1, highest}; {0, highest}: this number was used before; {-1, highest}: nobody here can say
local key, used = KEYS[1], KEYS[2]
local what, number, kept = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local highest = tonumber(redis.call('HGET', key, 'highest')) or 0
local known = redis.call('HGET', key, 'run') == run

local function put(field, value) redis.call('HSET', key, field, string.format('%.0f', value)) end

if what == 'seed' and not known then
  -- This Redis may have lost the last moments before it was restarted: what others remember counts as well.
  highest = math.max(highest, number)
  put('highest', highest)
  put('floor', highest)
  redis.call('HSET', key, 'run', run)
  redis.call('DEL', used)
  known = true
end
if not known then return {-1, highest} end
if what ~= 'use' then return {1, highest} end

if redis.call('ZSCORE', used, ARGV[2]) then return {0, highest} end
local floor = tonumber(redis.call('HGET', key, 'floor')) or 0
if number <= math.max(floor, highest - kept) then return {-1, highest} end
redis.call('ZADD', used, number, ARGV[2])
redis.call('ZREMRANGEBYRANK', used, 0, -(kept + 1))
if number > highest then put('highest', number) end
return {1, math.max(highest, number)}

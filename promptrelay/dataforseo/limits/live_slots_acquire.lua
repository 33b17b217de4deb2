-- ARGV  2 which of KEYS   3 platform   4 holder   5 slots a platform   6 slots in all, 0 for no limit   7 lease
-- Returns 1 if the holder has a slot now, else 0.
local key, platform, holder = KEYS[tonumber(ARGV[2])], ARGV[3], ARGV[4]
local per_platform, total = tonumber(ARGV[5]), tonumber(ARGV[6])
if closed > 0 then return 0 end
if (tonumber(redis.call('HGET', meta, 'hold:' .. platform)) or 0) > now then return 0 end
if in_use(key) >= per_platform then return 0 end
if total > 0 and in_use_everywhere() >= total then return 0 end
-- NX: a holder that has a slot already does not get to call twice on it.
return redis.call('ZADD', key, 'NX', whole(now + tonumber(ARGV[7])), holder)

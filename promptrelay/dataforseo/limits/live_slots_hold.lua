-- ARGV  2 platform   3 for how long its slots are held back, microseconds
local field = 'hold:' .. ARGV[2]
local until_now = tonumber(redis.call('HGET', meta, field)) or 0
redis.call('HSET', meta, field, whole(math.max(until_now, now + tonumber(ARGV[3]))))
return 1

-- ARGV  2 which of KEYS   3 platform
-- Returns {in use on the platform, in use in all, open and not held: 1 or 0, waits for seeds: 1 or 0, epoch}.
local held = (tonumber(redis.call('HGET', meta, 'hold:' .. ARGV[3])) or 0) > now
local used = in_use(KEYS[tonumber(ARGV[2])])
local open = closed == 0 and not held
return {used, in_use_everywhere(), open and 1 or 0, (closed > 0 and closed <= now) and 1 or 0, epoch}

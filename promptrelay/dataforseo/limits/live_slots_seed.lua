-- ARGV  2 epoch that the seeds were read for   3… triples: which of KEYS, holder, what is left of its lease
-- Returns 1 if the slots are open now because of this, else 0.
if epoch ~= ARGV[2] or closed == 0 or closed > now then return 0 end
for i = 3, #ARGV, 3 do
  redis.call('ZADD', KEYS[tonumber(ARGV[i])], 'GT', whole(now + tonumber(ARGV[i + 2])), ARGV[i + 1])
end
redis.call('HSET', meta, 'closed', 0)
return 1

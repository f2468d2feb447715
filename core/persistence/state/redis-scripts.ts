/**
 * What runs inside Redis: a script runs alone there, so each is atomic. An entry is a hash with `content` and `version`.
 * One that is kept for its end also has `ends`, its last millisecond; it stays for a while beyond that, and its name
 * stands in the sorted set of its kind (`due`) by the time of its end.
 */
const parts = `
local function over(key, now)
  local ends = redis.call('HGET', key, 'ends')
  return ends ~= false and tonumber(ends) <= now
end
local function write(key, change)
  redis.call('HSET', key, 'content', change.content)
  redis.call('HINCRBY', key, 'version', 1)
  if change.due then
    redis.call('HSET', key, 'ends', change.expiresAt)
    redis.call('ZADD', change.due, change.expiresAt, change.name)
  end
  redis.call('PEXPIREAT', key, change.goneAt)
  for _, ref in ipairs(change.refs) do
    redis.call('ZADD', ref, change.expiresAt, change.id)
    redis.call('PEXPIREAT', ref, math.max(change.expiresAt, redis.call('PEXPIRETIME', ref)))
  end
end
`;

/**
 * Applies a batch. KEYS: those of the changes, in order. ARGV: the changes as JSON, and the time. Conditions are looked
 * at first; only when all hold is anything written.
 */
export const applyScript = `${parts}
local changes = cjson.decode(ARGV[1])
local now = tonumber(ARGV[2])
local consumed = {}
local seen = {}
for i, change in ipairs(changes) do
  local key = KEYS[i]
  if change.op == 'consume' or change.op == 'claim' then
    local held = redis.call('HGET', key, 'content')
    if held ~= false and over(key, now) then held = false end
    if seen[key] or (change.op == 'consume') ~= (held ~= false) then return false end
    seen[key] = true
    if change.op == 'consume' then consumed[#consumed + 1] = held end
  elseif change.op == 'require' then
    if redis.call('EXISTS', key) == 0 or over(key, now) then return false end
  elseif change.op == 'expire' then
    if seen[key] or not over(key, now) then return false end
    seen[key] = true
  end
end
for i, change in ipairs(changes) do
  if change.op == 'consume' or change.op == 'remove' or change.op == 'expire' then
    redis.call('DEL', KEYS[i])
    if change.due then redis.call('ZREM', change.due, change.name) end
  elseif change.op ~= 'require' then
    write(KEYS[i], change)
  end
end
return consumed`;

/** Writes an entry anew when nobody else has. KEYS: the entry. ARGV: the version it had, the change as JSON. */
export const swapScript = `${parts}
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
write(KEYS[1], cjson.decode(ARGV[2]))
return 1`;

/** Counts up. KEYS: the counter. ARGV: how long it lives from its first increment. */
export const incrementScript = `
local count = redis.call('HINCRBY', KEYS[1], 'version', 1)
if count == 1 then redis.call('HSET', KEYS[1], 'content', '0') redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return count`;

//! The scripts that decide, and why what they decide stays decided.
//!
//! # The layout
//! Everything that one decision depends on is in one slot, so a script can test and write it in one
//! step, also in a cluster. What is between braces is the hash tag that makes the slot.
//!
//! | key | type | holds |
//! |---|---|---|
//! | `grant:{tenant/grant}` | hash | the grant and all that was issued under it |
//! | `due:{tenant/grant}` | sorted set | its items by the moment until which they are kept |
//! | `item:{tenant/digest}` | string | the grant under which to look for this item |
//! | `subject:{tenant/subject}` | sorted set | a subject's grants by their end |
//! | `client:{tenant/client}` | sorted set | a client's grants by their end |
//! | `clients:{tenant/}` | hash | client records, and who owns them |
//! | `listed:{tenant/}` | sorted set | clients in the order of their identifiers, also for each owner |
//! | `unused` | sorted set | clients of all tenants that may be removed if they are unused, by when |
//! | `signing:{tenant/}` | hash | signing keys, and their places in the chains |
//! | `used:{tenant/digest}` | string | what was used once |
//!
//! A grant is one hash: `g` is the grant, `c` its client, `u` its subject, `r` when it was revoked; of
//! each item `a<digest>` never changes and `s<digest>` is its state, `expires_at keep_until spent_at
//! nonce retries revoked_at` with `-` for what is not. Scripts take states apart and never look into JSON,
//! which Lua would not give back as it was.
//!
//! # Why an exchange cannot outrun a revocation, nor another exchange
//! All three change the same hash, each in one script, and a server runs one script at a time.
//!
//! # Why two items cannot share a key
//! What finds a grant by the digest of an item (a *claim*) is in another slot, and is written before
//! the script that adds the item. A claim whose item was never added is harmless: nothing is found
//! under it, and it expires. If such a key comes again for another grant, the first grant is marked
//! so that it can never add that item (`s<digest>` is empty), and only then the claim is moved.
//! Whoever is late finds the mark, or the claim of the other. So an item is added only under the
//! grant that has the claim.
//!
//! # Why a revocation finds every grant
//! A grant is added to the sorted sets of its subject and its client before it is added itself. If it
//! is never added because its name is taken, they hold the name of another's grant: so whose it is, the
//! grant itself says.
//!
//! # Time
//! Times are the caller's, and the server's clock decides nothing but when a key may go: it is told
//! how long that is *from the caller's now*, with a margin, and never makes it shorter. Within a
//! grant, what is over goes with the next exchange.

use std::sync::LazyLock;

/// A script and the name under which a server remembers it.
pub(crate) struct Script {
    pub(crate) text: String,
    pub(crate) hash: String,
}

/// What the scripts share.
const SHARED: &str = "\
local function lasting(key, ttl)
  if redis.call('TTL', key) < tonumber(ttl) then redis.call('EXPIRE', key, ttl) end
end
local function has_one_of(first)
  for i = first, #ARGV, 4 do
    if redis.call('HEXISTS', KEYS[1], 's' .. ARGV[i]) == 1 then return true end
  end
  return false
end
local function add(first)
  for i = first, #ARGV, 4 do
    redis.call('HSET', KEYS[1], 'a' .. ARGV[i], ARGV[i + 1], 's' .. ARGV[i], ARGV[i + 2])
    redis.call('ZADD', KEYS[2], ARGV[i + 3], ARGV[i])
  end
end
";

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
            let text = format!("{SHARED}{}", $text);
            let hash = redis::Script::new(&text).get_hash().to_owned();
            Script { text, hash }
        });
    )*};
}

scripts! {
    /// Claims the item `KEYS[1]` for the grant `ARGV[1]`, for `ARGV[2]` seconds at least; also if it
    /// is the grant `ARGV[3]` that has it. Returns who has it now.
    CLAIM = "\
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] and owner ~= ARGV[3] then return owner end
local ttl = math.max(redis.call('TTL', KEYS[1]), tonumber(ARGV[2]))
redis.call('SET', KEYS[1], ARGV[1], 'EX', string.format('%d', ttl))
return ARGV[1]
";

    /// Makes sure that the grant `KEYS[1]` never adds the item `ARGV[1]`; 0 if it has.
    BAR = "\
local state = redis.call('HGET', KEYS[1], 's' .. ARGV[1])
if state and state ~= '' then return 0 end
redis.call('HSET', KEYS[1], 's' .. ARGV[1], '')
lasting(KEYS[1], ARGV[2])
return 1
";

    /// Adds the grant `ARGV[1]` with the end `ARGV[2]`, if it has no later one, to a sorted set for
    /// `ARGV[3]` seconds, and forgets those that ended before `ARGV[4]`.
    INDEX = "\
redis.call('ZADD', KEYS[1], 'GT', ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[4])
lasting(KEYS[1], ARGV[3])
";

    /// Adds the grant `ARGV[2]` of the client `ARGV[3]` and the subject `ARGV[4]` for `ARGV[1]` seconds,
    /// and items.
    ISSUE = "\
if redis.call('HEXISTS', KEYS[1], 'g') == 1 or has_one_of(5) then return 'conflict' end
redis.call('HSET', KEYS[1], 'g', ARGV[2], 'c', ARGV[3], 'u', ARGV[4])
add(5)
lasting(KEYS[1], ARGV[1])
if #ARGV > 4 then lasting(KEYS[2], ARGV[1]) end
return 'done'
";

    /// Spends the item `ARGV[1]` in the way `ARGV[2]` at `ARGV[3]`, with `ARGV[4]` and `ARGV[5]`;
    /// wipes the nonce of `ARGV[6]`; adds items unless `ARGV[7]` says that one of their keys is taken;
    /// all for `ARGV[8]` seconds. Forgets what was kept until a moment before `ARGV[9]`.
    ///
    /// The conditions and their order are those of `Found::spend`.
    EXCHANGE = "\
local place, at = 's' .. ARGV[1], tonumber(ARGV[3])
local state = redis.call('HGET', KEYS[1], place)
if not state or state == '' or redis.call('HEXISTS', KEYS[1], 'g') == 0 then return 'unknown' end
local form = '^(%-?%d+) (%-?%d+) (%-?%d*) ([%x-]+) (%d+) (%-?%d*)$'
local expires, keep, spent, nonce, retries, revoked = state:match(form)
if not expires then return 'damaged' end
if revoked ~= '-' or redis.call('HEXISTS', KEYS[1], 'r') == 1 then return 'revoked' end
if ARGV[2] == 'again' then
  if spent == '-' or nonce == '-' or tonumber(spent) < tonumber(ARGV[4])
    or tonumber(retries) >= tonumber(ARGV[5]) then return 'spent' end
  retries = string.format('%d', retries + 1)
else
  if spent ~= '-' then return 'spent' end
  if tonumber(expires) <= at then return 'expired' end
  if ARGV[2] == 'once' then spent, nonce, retries = ARGV[3], ARGV[4], '0'
  else expires, keep = ARGV[4], ARGV[5] end
end
if ARGV[7] == 'taken' or has_one_of(10) then return 'conflict' end
redis.call('HSET', KEYS[1], place, table.concat({expires, keep, spent, nonce, retries, revoked}, ' '))
redis.call('ZADD', KEYS[2], keep, ARGV[1])
local before = ARGV[6] ~= '' and redis.call('HGET', KEYS[1], 's' .. ARGV[6])
if before and before ~= '' then
  local head, tail = before:match('^(%S+ %S+ %S+) %S+ (%S+ %S+)$')
  if head then redis.call('HSET', KEYS[1], 's' .. ARGV[6], head .. ' - ' .. tail) end
end
for _, over in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[9], 'LIMIT', 0, 64)) do
  redis.call('HDEL', KEYS[1], 'a' .. over, 's' .. over)
  redis.call('ZREM', KEYS[2], over)
end
add(10)
lasting(KEYS[1], ARGV[8])
lasting(KEYS[2], ARGV[8])
return 'done'
";

    /// Revokes those of the grants `KEYS` at `ARGV[1]` that are the client's `ARGV[2]` and the subject's
    /// `ARGV[3]`, whose names come after `=`, if there is one. Returns how many were live.
    REVOKE = "\
local ended = 0
for _, grant in ipairs(KEYS) do
  local client, subject = unpack(redis.call('HMGET', grant, 'c', 'u'))
  if client and (ARGV[2] == '' or ARGV[2] == '=' .. client)
    and (ARGV[3] == '' or ARGV[3] == subject) then
    ended = ended + redis.call('HSETNX', grant, 'r', ARGV[1])
  end
end
return ended
";

    /// Removes a grant if it is the client's `ARGV[1]`.
    REMOVE_GRANT = "\
if redis.call('HGET', KEYS[1], 'c') == ARGV[1] then redis.call('UNLINK', KEYS[1], KEYS[2]) end
";

    /// Revokes the item `ARGV[1]` at `ARGV[2]`. Returns whether it was live.
    REVOKE_TOKEN = "\
local state = redis.call('HGET', KEYS[1], 's' .. ARGV[1])
local live = state and state:match('^(.+) %-$')
if not live then return 0 end
redis.call('HSET', KEYS[1], 's' .. ARGV[1], live .. ' ' .. ARGV[2])
return 1
";

    /// Writes the client `ARGV[2]` with the record `ARGV[3]` and the owner `ARGV[4]`, if its record so
    /// far is `ARGV[1]`, which is empty for none. Returns whether it was written.
    PUT_CLIENT = "\
local id = ARGV[2]
if (redis.call('HGET', KEYS[1], 'r' .. id) or '') ~= ARGV[1] then return 0 end
local before = redis.call('HGET', KEYS[1], 'o' .. id)
redis.call('HSET', KEYS[1], 'r' .. id, ARGV[3], 'o' .. id, ARGV[4])
if before and before ~= ARGV[4] and before ~= '' then redis.call('ZREM', KEYS[2], before .. id) end
redis.call('ZADD', KEYS[2], 0, 'all:' .. id)
if ARGV[4] ~= '' then redis.call('ZADD', KEYS[2], 0, ARGV[4] .. id) end
return 1
";

    /// Removes the client `ARGV[1]`. Returns whether it was there.
    REMOVE_CLIENT = "\
local id = ARGV[1]
local owner = redis.call('HGET', KEYS[1], 'o' .. id)
local removed = redis.call('HDEL', KEYS[1], 'r' .. id)
redis.call('HDEL', KEYS[1], 'o' .. id)
redis.call('ZREM', KEYS[2], 'all:' .. id)
if owner and owner ~= '' then redis.call('ZREM', KEYS[2], owner .. id) end
return removed
";

    /// Adds the signing key `ARGV[1]` with the record `ARGV[2]` at the place `ARGV[3]`.
    ADD_KEY = "\
if redis.call('HEXISTS', KEYS[1], 'p' .. ARGV[3]) == 1 then return 'late' end
if redis.call('HEXISTS', KEYS[1], 'k' .. ARGV[1]) == 1 then return 'conflict' end
redis.call('HSET', KEYS[1], 'k' .. ARGV[1], ARGV[2], 'w' .. ARGV[1], ARGV[3], 'p' .. ARGV[3], ARGV[1])
return 'done'
";

    /// Removes the signing key `ARGV[1]`, and frees its place. Returns whether it was there.
    REMOVE_KEY = "\
local place = redis.call('HGET', KEYS[1], 'w' .. ARGV[1])
if place then redis.call('HDEL', KEYS[1], 'p' .. place) end
redis.call('HDEL', KEYS[1], 'w' .. ARGV[1])
return redis.call('HDEL', KEYS[1], 'k' .. ARGV[1])
";
}

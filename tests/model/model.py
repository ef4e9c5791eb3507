# SPDX-License-Identifier: MIT
"""The reference model: what include/apitoken/apitoken.h and doc/concepts.md say that a store does, as plain as it can be.

It shares no code and no form with the library. A verb returns what the library should return, and changes the model. Instants
are milliseconds; `now` below 0 is a clock that fails.
"""
import datetime
import itertools
import re
import zoneinfo

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
NEVER = 2**63 - 1
ANY_NUMBER = 2**32 - 1
MS_MAX = 253402300799999  # the end of the year 9999
GRACE_MAX = 30 * DAY

OK = 0
(E_ARGUMENT, E_ABI, E_VERIFY_ONLY, E_OWNER, E_NAME, E_ID, E_DAY, E_EXPIRY, E_EXPIRY_PAST) = (
    -1001, -1002, -1005, -1006, -1007, -1010, -1011, -1012, -1013)
(E_NOT_FOUND, E_NOT_COPYABLE, E_COPY_REVOKED, E_ACTOR, E_REVISION, E_CHANGE_REVOKED, E_CHANGE_EXPIRED, E_ROTATING, E_GRACE,
 E_OWNER_BLOCKED, E_INTERFACES, E_NETWORKS) = (
    -1023, -1024, -1029, -1030, -1031, -1032, -1033, -1034, -1035, -1036, -1037, -1038)
(E_LIFETIME, E_LIVE_LIMIT, E_UNDO, E_ADMIN, E_REASON_CODE, E_POLICY_VALUE, E_FILTER) = (
    -1040, -1041, -1042, -1043, -1044, -1046, -1048)
(E_MALFORMED, E_UNKNOWN, E_EXPIRED, E_REVOKED, E_NO_TOKEN, E_SUSPENDED, E_BLOCKED, E_WRONG_NETWORK, E_WRONG_INTERFACE,
 E_HEADER) = (-1101, -1102, -1103, -1104, -1105, -1107, -1108, -1109, -1110, -1111)
E_MODE, E_CLOCK = -1025, -1202

KIND_DEFAULT, KIND_DAY, KIND_INSTANT, KIND_NEVER = 0, 1, 2, 3
VALID, EXPIRED, REVOKED, SUSPENDED, BLOCKED = 1, 2, 4, 8, 16
DENIALS = {EXPIRED: E_EXPIRED, REVOKED: E_REVOKED, SUSPENDED: E_SUSPENDED, BLOCKED: E_BLOCKED}
EXPOSED, OWNER_GONE, ADMINISTRATOR = 2, 3, 4
REVOKE_FINAL = 1
DRY_RUN = 1
ENDED_NOTHING, ENDED_TOKEN, ENDED_ALREADY, ENDED_OLDER_SECRET = range(4)
UPDATE_NAME, UPDATE_DESCRIPTION, UPDATE_EXPIRY, UPDATE_DATA, UPDATE_INTERFACES, UPDATE_NETWORKS, UPDATE_SUSPENDED = (
    1, 2, 4, 8, 16, 32, 64)
UPDATE_REVIVE, UPDATE_END_OLDER = 1, 2
ROTATE_DROP, ROTATE_KEEP, ROTATE_REVIVE = 1, 2, 4
NEVER_USED, NEVER_EXPIRES, OUTSIDE_POLICY = 1, 2, 4
ANY_INTERFACE = 1
COPY_ALWAYS = 2
MASKED = 6

V_CREATE, V_UPDATE, V_ROTATE, V_REVOKE, V_UNREVOKE, V_BLOCK, V_UNBLOCK, V_POLICY, V_PURGE = range(1, 10)
V_GROW, V_ADD_KEY = 14, 16
(C_NAME, C_DESCRIPTION, C_EXPIRY, C_INTERFACES, C_NETWORKS, C_DATA, C_SUSPENDED, C_SECRET, C_OLDER_END, C_REASON_CODE,
 C_FINAL) = range(1, 12)
C_MAP, C_KEY, C_TOKENS = 48, 49, 50
FIRST_MAP = 16 << 20
FIRST_KEY = 1
STEP = 64  # tokens of a durable step over an owner

# The values of a policy: its bit in a mask, how a record names it, what it is at first.
POLICY = {"never_forbidden": (1, 32, 0), "max_live": (2, 33, ANY_NUMBER), "max_lifetime": (4, 34, NEVER),
          "default_expiry": (8, 35, NEVER), "undo": (16, 36, HOUR), "max_grace": (32, 37, GRACE_MAX),
          "audit_retention": (64, 38, 400 * DAY)}

FORMATS = {1: "{}", 2: "Bearer {}", 3: "Authorization: Bearer {}", 4: "API_TOKEN={}",
           5: 'header = "Authorization: Bearer {}"'}


TEXT = r"tdh_1[0-9A-Za-z]{48}"


class Refused(Exception):
    """The library should return this code, and change nothing."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


def require(condition, code):
    if not condition:
        raise Refused(code)


def yes(flag):
    return "yes" if flag else "no"


# ---- parts of a token ------------------------------------------------------------------------------------------------


class Secret:
    def __init__(self, text):
        self.text = text
        self.used = 0  # the minute of its last use


class End:
    """When a token ends, and how that was said."""

    def __init__(self, kind, ms, day=0, zone=""):
        self.kind, self.ms, self.day, self.zone = kind, ms, day, zone

    def same(self, other):
        return (self.kind, self.ms, self.day, self.zone) == (other.kind, other.ms, other.day, other.zone)

    def text(self):
        if self.kind == KIND_NEVER:
            return "never"
        if self.kind == KIND_INSTANT:
            return str(self.ms)
        return f"{self.day // 10000:04}-{self.day // 100 % 100:02}-{self.day % 100:02} {self.zone}"


class Token:
    def __init__(self, owner, name, text, now):
        self.owner, self.name, self.created = owner, name, now
        self.id = text[5:17]
        self.made = now
        self.newest, self.older, self.older_until = Secret(text), None, 0
        self.used = 0
        self.description = self.interfaces = self.networks = self.data = self.created_by = ""
        self.end = End(KIND_NEVER, NEVER)
        self.revision = 1
        self.suspended = self.blocked = False
        self.revoked, self.reason, self.reason_code, self.final, self.undo_until = None, "", 0, False, 0
        self.copyable = False

    def state(self, now):
        if self.revoked is not None:
            return REVOKED
        if self.blocked:
            return BLOCKED
        if self.suspended:
            return SUSPENDED
        return EXPIRED if now >= self.end.ms else VALID

    def is_live(self, now):
        return self.revoked is None and now < self.end.ms

    def has_older(self, now):
        return self.older is not None and now < self.older_until

    def set_older(self, secret, until):
        self.older, self.older_until = secret, until

    def set_end(self, end):
        self.end = end
        if self.older:
            self.older_until = min(self.older_until, end.ms)

    def end_older(self):
        self.older, self.older_until = None, 0

    def row(self, now):
        """As the driver prints it."""
        has_older = self.has_older(now)
        return (f"{self.id}|{self.owner}|{self.name}|{self.description}|{self.created}|{self.end.kind}|{self.end.ms}|"
                f"{self.end.day}|{self.end.zone}|{self.state(now)}|{self.revoked or 0}|{self.reason}|{self.used}|"
                f"{int(self.copyable)}|{self.revision}|{self.interfaces}|{self.networks}|{self.data}|"
                f"{int(self.suspended)}|{int(self.blocked)}|{self.older_until if has_older else 0}|"
                f"{self.older.used if self.older else 0}|{self.made}|{self.created_by}|{self.reason_code}")

    def facts(self):
        """What a record of the audit may name: the value of each field as text."""
        return {C_NAME: self.name, C_DESCRIPTION: self.description, C_EXPIRY: self.end.text(),
                C_INTERFACES: self.interfaces, C_NETWORKS: self.networks, C_DATA: self.data,
                C_SUSPENDED: yes(self.suspended), C_OLDER_END: str(self.older_until) if self.older else "",
                C_REASON_CODE: str(self.reason_code) if self.reason_code else "", C_FINAL: yes(self.final)}


NOTHING = {C_SUSPENDED: "no", C_FINAL: "no"}


def changes(before, after, is_new_secret=False):
    found = {field: (before.get(field, ""), value) for field, value in after.items() if before.get(field, "") != value}
    if is_new_secret:
        found[C_SECRET] = ("", "")
    return "".join(f"{field}:{old}>{new};" for field, (old, new) in sorted(found.items()))


def policy_facts(policy):
    """The same of a policy."""
    texts = {}
    for name, value in policy.items():
        is_unlimited = value == (ANY_NUMBER if name == "max_live" else NEVER)
        texts[POLICY[name][1]] = yes(value) if name == "never_forbidden" else "none" if is_unlimited else str(value)
    return texts


def canonical(networks):
    """Those that the test uses are canonical but for these."""
    return networks.replace("::ffff:10.0.0.0/104", "10.0.0.0/8").replace("2001:DB8:0::/32", "2001:db8::/32")


def contains(network, peer):
    """Whether the address, in hexadecimal digits, is in a network of the test."""
    if peer.startswith("00000000000000000000ffff"):
        peer = peer[24:]
    digits, prefix = {"10.0.0.0/8": (8, "0a"), "192.168.1.5": (8, "c0a80105"), "2001:db8::/32": (32, "20010db8")}[network]
    return len(peer) == digits and peer.startswith(prefix)


# ---- what a call gives -----------------------------------------------------------------------------------------------


class Handle:
    def __init__(self, is_admin=True, is_verify_only=False, key=FIRST_KEY):
        self.is_admin, self.is_verify_only = is_admin, is_verify_only
        self.key = key  # the active one


class Call:
    """Who calls, and when."""

    def __init__(self, handle, now):
        self.handle, self.now = handle, now

    def may_write(self, admin=False):
        require(not self.handle.is_verify_only, E_VERIFY_ONLY)
        if admin:
            require(self.handle.is_admin, E_ADMIN)
        self.clock()

    def clock(self):
        require(0 <= self.now <= MS_MAX, E_CLOCK)


def check_owner(owner):
    require(owner, E_OWNER)


def check_id(token_id):
    require(re.fullmatch(r"[0-9A-Za-z]{12}", token_id), E_ID)


def check_interfaces(text):
    if text is None or text == "*":
        return ""
    names = text.split(",")
    require(all(re.fullmatch(r"[-0-9A-Za-z._:/]{1,64}", name) for name in names) and len(set(names)) == len(names),
            E_INTERFACES)
    return text


def check_networks(text):
    if text is None or text == "*":
        return ""
    require(text != "10.0.0.1/8", E_NETWORKS)  # the one wrong list of the test: bits behind the prefix
    return canonical(text)


def check_day(day):
    try:
        datetime.date(day // 10000, day // 100 % 100, day % 100)
    except ValueError:
        return False
    return day >= 19700101


def check_expiry(kind, day, ms):
    if kind in (KIND_DEFAULT, KIND_NEVER):
        require(not day and not ms, E_EXPIRY)
    elif kind == KIND_DAY:
        require(not ms, E_EXPIRY)
        require(check_day(day), E_DAY)
    else:
        require(kind == KIND_INSTANT and not day and 0 <= ms <= MS_MAX, E_EXPIRY)


# ---- a store ---------------------------------------------------------------------------------------------------------


class Block:
    def __init__(self, now, actor, reason):
        self.ms, self.by, self.reason = now, actor, reason


class Store:
    def __init__(self, copies, zone):
        self.copies, self.zone = copies, zone
        self.tokens = {}  # by id
        self.owners = {}  # owner: its tokens
        self.blocks = {}  # owner: Block
        self.policy = {name: first for name, (_, _, first) in POLICY.items()}
        self.policy_revision = 0
        self.audit = []  # records, as the driver prints them
        self.audit_of = []  # of which owner each is, its instant, and of which tokens
        self.texts = {}  # every text that was a token's: its token
        self.map = FIRST_MAP
        self.known_keys = {FIRST_KEY}
        self.key = FIRST_KEY  # that the handle of the next call has active

    # ---- helpers

    def meet_key(self, now, actor):
        """The first change under a key says so."""
        if self.key in self.known_keys:
            return
        self.known_keys.add(self.key)
        if self.policy["audit_retention"] != 0:
            added = changes({}, {C_KEY: self.key})
            self.audit.append(f"{len(self.audit) + 1}|{now}|{V_ADD_KEY}|||{actor}||0|0|{added}")
            self.audit_of.append(("", now, []))

    def note(self, now, verb, token_id, owner, actor, reason, changed, policy=None):
        """A record of a change; none while the retention is 0."""
        self.meet_key(now, actor)
        if (policy or self.policy)["audit_retention"] == 0:
            return
        self.audit.append(f"{len(self.audit) + 1}|{now}|{verb}|{token_id}|{owner}|{actor}|{reason}|0|0|{changed}")
        self.audit_of.append((owner, now, [token_id]))

    def note_several(self, now, verb, tokens, actor, reason, changed_one=None):
        """One record of tokens that changed in one step; a purge names no owner. Of one of them it may tell all."""
        before, ids = len(self.audit), [token.id for token in tokens]
        owner = tokens[0].owner if verb != V_PURGE else ""
        self.note(now, verb, "", owner, actor, reason, changes({}, {C_TOKENS: ",".join(ids)}))
        if len(self.audit) == before:
            return
        self.audit_of[-1] = (owner, now, ids)
        if len(ids) == 1 and changed_one is not None:
            head = f"{len(self.audit)}|{now}|{verb}|{ids[0]}|{owner}|{actor}|{reason}|0|0|"
            self.audit[-1] = (self.audit[-1], head + changed_one)

    def grow(self, now, size):
        """The size that it has already is no change."""
        if size != self.map:
            self.note(now, V_GROW, "", "", "operator", "", changes({C_MAP: self.map}, {C_MAP: size}))
        self.map = size

    def of_owner(self, owner):
        return self.owners.get(owner, [])

    def live(self, owner, now, but=None):
        return sum(token.is_live(now) for token in self.of_owner(owner) if token is not but)

    def find(self, owner, token_id):
        token = self.tokens.get(token_id)
        require(token and token.owner == owner, E_NOT_FOUND)
        return token

    def require_room(self, owner, now, but=None):
        require(self.live(owner, now, but) < self.policy["max_live"] or self.policy["max_live"] == ANY_NUMBER, E_LIVE_LIMIT)

    def end_of_day(self, day):
        date = datetime.date(day // 10000, day // 100 % 100, day % 100) + datetime.timedelta(days=1)
        start = datetime.datetime(date.year, date.month, date.day, tzinfo=zoneinfo.ZoneInfo(self.zone))
        return int(start.timestamp() * 1000)

    def resolve(self, kind, day, ms, now):
        """The end that options name; None for the default."""
        if kind == KIND_DEFAULT:
            return None
        end = End(kind, NEVER)
        if kind == KIND_INSTANT:
            end = End(kind, ms)
        if kind == KIND_DAY:
            end = End(kind, self.end_of_day(day), day, self.zone)
        require(end.ms > now, E_EXPIRY_PAST)
        return end

    def default_end(self, now):
        span = min(self.policy["default_expiry"], self.policy["max_lifetime"])
        return End(KIND_NEVER, NEVER) if span == NEVER else End(KIND_INSTANT, min(now + span, MS_MAX))

    def is_outside(self, end, made):
        """Whether the policy does not let a token whose secret was made then end so late."""
        if end.ms == NEVER and self.policy["never_forbidden"]:
            return True
        return self.policy["max_lifetime"] != NEVER and (
            end.ms - (27 * HOUR if end.kind == KIND_DAY else 0) - made > self.policy["max_lifetime"])

    # ---- verbs that change

    def create(self, call, texts, owner="", name="", kind=0, day=0, end=0, description="", actor="", interfaces=None,
               networks=None, data=""):
        """`texts` are those that the library made, which nobody can foretell. Returns them."""
        check_owner(owner)
        require(name, E_NAME)
        check_expiry(kind, day, end)
        interfaces, networks = check_interfaces(interfaces), check_networks(networks)
        call.may_write()
        chosen = self.resolve(kind, day, end, call.now)
        require(owner not in self.blocks, E_OWNER_BLOCKED)
        chosen = chosen or self.default_end(call.now)
        require(not self.is_outside(chosen, call.now), E_LIFETIME)
        require(self.live(owner, call.now) + max(len(texts), 1) <= self.policy["max_live"], E_LIVE_LIMIT)
        made = []
        for text in texts:
            token = Token(owner, name, text, call.now)
            token.end, token.description, token.created_by = chosen, description, actor
            token.interfaces, token.networks, token.data = interfaces, networks, data
            token.copyable = self.copies == COPY_ALWAYS
            self.tokens[token.id] = self.texts[text] = token
            self.owners.setdefault(owner, []).append(token)
            self.owners[owner].sort(key=lambda one: one.id)
            made.append(token)
        return made

    def create_one(self, call, texts, **fields):
        for token in self.create(call, texts, **fields):
            self.note(call.now, V_CREATE, token.id, token.owner, token.created_by, "", changes(NOTHING, token.facts()))

    def create_batch(self, call, texts, count=0, actor="", **fields):
        """All in one durable step, of which one record tells."""
        if count == 0:
            call.may_write()
            return
        made = self.create(call, texts if texts else ["?" * 17] * count, actor=actor, **fields)
        if texts:
            self.note_several(call.now, V_CREATE, made, actor, "")

    def change(self, call, verb, token, actor, reason, before, is_new_secret=False):
        token.revision += 1
        self.note(call.now, verb, token.id, token.owner, actor, reason, changes(before, token.facts(), is_new_secret))

    def update(self, call, owner="", id="", mask=0, flags=0, revision=0, kind=0, day=0, end=0, suspended=0, name="",
               description="", interfaces=None, networks=None, data="", actor=""):
        check_owner(owner)
        check_id(id)
        require(mask or flags & UPDATE_END_OLDER, E_ARGUMENT)
        require(name or not mask & UPDATE_NAME, E_NAME)
        check_expiry(kind, day, end)
        if mask & UPDATE_INTERFACES:
            interfaces = check_interfaces(interfaces)
        if mask & UPDATE_NETWORKS:
            networks = check_networks(networks)
        call.may_write()
        chosen = self.resolve(kind, day, end, call.now) if mask & UPDATE_EXPIRY else None
        token = self.find(owner, id)
        require(token.revoked is None, E_CHANGE_REVOKED)
        require(revision in (0, token.revision), E_REVISION)
        is_denial = mask == 0 or (mask == UPDATE_SUSPENDED and suspended)
        require(is_denial or owner not in self.blocks, E_OWNER_BLOCKED)
        is_expired = call.now >= token.end.ms
        if mask & UPDATE_EXPIRY:
            require(not is_expired or flags & UPDATE_REVIVE, E_CHANGE_EXPIRED)
            chosen = chosen or self.default_end(call.now)
            if chosen.ms > token.end.ms:
                if is_expired:
                    self.require_room(owner, call.now, token)
                require(not self.is_outside(chosen, token.made), E_LIFETIME)
        before, had_older = token.facts(), token.older
        if mask & UPDATE_EXPIRY and not chosen.same(token.end):
            token.set_end(chosen)
        for bit, field, value in ((UPDATE_NAME, "name", name), (UPDATE_DESCRIPTION, "description", description),
                                  (UPDATE_DATA, "data", data), (UPDATE_INTERFACES, "interfaces", interfaces),
                                  (UPDATE_NETWORKS, "networks", networks), (UPDATE_SUSPENDED, "suspended", bool(suspended))):
            if mask & bit:
                setattr(token, field, value)
        if flags & UPDATE_END_OLDER and had_older:
            token.end_older()
        if before != token.facts():
            self.change(call, V_UPDATE, token, actor, "", before)
        return token.revision

    def rotate(self, call, text, owner="", id="", flags=0, revision=0, kind=0, day=0, end=0, grace=0, actor=""):
        check_owner(owner)
        check_id(id)
        require(flags & 3 != 3, E_ABI)
        require(0 <= grace <= GRACE_MAX, E_GRACE)
        check_expiry(kind, day, end)
        call.may_write()
        chosen = self.resolve(kind, day, end, call.now)
        token = self.find(owner, id)
        require(token.revoked is None, E_CHANGE_REVOKED)
        require(revision in (0, token.revision), E_REVISION)
        require(owner not in self.blocks, E_OWNER_BLOCKED)
        require(grace <= self.policy["max_grace"], E_GRACE)
        is_expired = call.now >= token.end.ms
        require(not is_expired or (chosen and flags & ROTATE_REVIVE), E_CHANGE_EXPIRED)
        has_older = token.has_older(call.now)
        require(not has_older or grace == 0 or flags & (ROTATE_DROP | ROTATE_KEEP), E_ROTATING)
        if is_expired:
            self.require_room(owner, call.now, token)
        require(not self.is_outside(chosen or token.end, call.now), E_LIFETIME)
        if not text:
            return  # the library did not do what it should
        before = token.facts()
        if not (has_older and flags & ROTATE_KEEP):
            until = min(call.now + grace, token.end.ms)
            if until > call.now:
                token.set_older(token.newest, until)
            else:
                token.end_older()
        token.newest = Secret(text)
        self.texts[text] = token
        token.made = call.now
        token.copyable = self.copies == COPY_ALWAYS
        if chosen:
            token.set_end(chosen)
        self.change(call, V_ROTATE, token, actor, "", before, True)

    def revoke_token(self, call, token, flags, code, reason):
        """True if that changes it."""
        before = token.facts(), token.revoked is None
        if token.revoked is None:
            token.revoked, token.reason, token.reason_code = call.now, reason, code
            token.undo_until = call.now + self.policy["undo"]
        elif code == EXPOSED:
            token.reason_code = code
        token.final = token.final or bool(flags & REVOKE_FINAL) or code == EXPOSED
        token.end_older()
        token.copyable = False
        return before != (token.facts(), token.revoked is None)

    def revoke(self, call, owner="", id="", flags=0, code=0, reason="", actor=""):
        check_owner(owner)
        check_id(id)
        require(code <= ADMINISTRATOR, E_REASON_CODE)
        call.may_write()
        token = self.find(owner, id)
        before = token.facts()
        if self.revoke_token(call, token, flags, code, reason):
            self.change(call, V_REVOKE, token, actor, reason, before)

    def revoke_all(self, call, owner="", id=None, flags=0, code=0, reason="", actor=""):
        """Returns how many it changed."""
        check_owner(owner)
        if id is not None:
            check_id(id)
        require(code <= ADMINISTRATOR, E_REASON_CODE)
        call.may_write()
        kept = None if id is None else self.find(owner, id)
        concerned = [token for token in self.of_owner(owner) if token is not kept]  # those that are revoked, too
        return sum(self.revoke_step(call, concerned[at:at + STEP], flags, code, reason, actor)
                   for at in range(0, len(concerned), STEP))

    def revoke_step(self, call, tokens, flags, code, reason, actor):
        """A durable step of a revoke_all."""
        changed = []
        for token in tokens:
            before = token.facts()
            if self.revoke_token(call, token, flags, code, reason):
                token.revision += 1
                changed.append((token, changes(before, token.facts())))
        if changed:
            self.note_several(call.now, V_REVOKE, [token for token, _ in changed], actor, reason, changed[0][1])
        return len(changed)

    def revoke_texts(self, call, texts="", flags=0, code=0, reason="", actor=""):
        """Returns what became of each, as the driver prints it."""
        require(code <= ADMINISTRATOR, E_REASON_CODE)
        require(not call.handle.is_verify_only, E_VERIFY_ONLY)
        require(actor, E_ACTOR)
        call.may_write(admin=True)
        return [self.revoke_text(call, text, flags, code, reason, actor) for text in texts.split(",")]

    def revoke_text(self, call, text, flags, code, reason, actor):
        """The newest secret ends the token, the older one only itself."""
        token = self.texts.get(text)
        if not re.fullmatch(TEXT, text):
            return f"{E_MALFORMED}|{ENDED_NOTHING}||"
        if token and text == token.newest.text:
            ended = ENDED_TOKEN if token.revoked is None else ENDED_ALREADY
            self.revoke(call, token.owner, token.id, flags, code, reason, actor)
        elif token and token.has_older(call.now) and text == token.older.text:
            before, ended = token.facts(), ENDED_OLDER_SECRET
            token.end_older()
            self.change(call, V_UPDATE, token, actor, "", before)
        else:
            return f"{E_UNKNOWN}|{ENDED_NOTHING}||"
        return f"{OK}|{ended}|{token.id}|{token.owner}"

    def is_in_undo_time(self, token, now):
        return token.revoked <= now < min(token.undo_until, token.revoked + self.policy["undo"])

    def unrevoke(self, call, owner="", id="", actor=""):
        check_owner(owner)
        check_id(id)
        call.may_write()
        token = self.find(owner, id)
        if token.revoked is None:
            return
        require(not token.final, E_UNDO)
        if token.reason_code in (OWNER_GONE, ADMINISTRATOR):
            require(call.handle.is_admin, E_ADMIN)
        require(self.is_in_undo_time(token, call.now), E_UNDO)
        if call.now < token.end.ms:
            self.require_room(owner, call.now, token)
        before = token.facts()
        token.revoked, token.reason, token.reason_code, token.undo_until = None, "", 0, 0
        self.change(call, V_UNREVOKE, token, actor, "", before)

    def block(self, call, owner="", actor="", reason=""):
        check_owner(owner)
        require(actor, E_ACTOR)
        call.may_write(admin=True)
        if owner not in self.blocks:
            self.blocks[owner] = Block(call.now, actor, reason)
            self.note(call.now, V_BLOCK, "", owner, actor, reason, "")
        self.set_blocked(owner, True)

    def unblock(self, call, owner="", actor="", reason=""):
        check_owner(owner)
        require(actor, E_ACTOR)
        call.may_write(admin=True)
        if self.blocks.pop(owner, None):
            self.note(call.now, V_UNBLOCK, "", owner, actor, reason, "")
        self.set_blocked(owner, False)

    def set_blocked(self, owner, is_blocked):
        for token in self.of_owner(owner):
            if token.blocked != is_blocked:
                token.blocked = is_blocked
                token.revision += 1

    def purge(self, call, steps, before=0, flags=0, actor=""):
        """`steps`: how many tokens each new record names. A step may be a small one, which nobody can foretell."""
        require(actor, E_ACTOR)
        call.may_write(admin=True)
        require(0 <= before <= call.now, E_ARGUMENT)
        ended = [token for token in self.in_order()
                 if token.end.ms < before or token.revoked is not None and token.revoked < before]
        kept = [token for token in ended
                if token.revoked is not None and not token.final and self.is_in_undo_time(token, call.now)]
        gone = [token for token in ended if token not in kept]
        if not flags & DRY_RUN:
            if sum(steps) != len(gone) or max(steps, default=0) > STEP:
                steps = [STEP] * (-(-len(gone) // STEP))
            for at, size in zip(itertools.accumulate(steps, initial=0), steps, strict=False):
                self.remove(call, gone[at:at + size], actor)
        return f"{len(gone)}|{len(kept)}"

    def remove(self, call, tokens, actor):
        """A durable step of a purge."""
        for token in tokens:
            del self.tokens[token.id]
            self.owners[token.owner].remove(token)
        self.texts = {text: token for text, token in self.texts.items() if token not in tokens}
        self.note_several(call.now, V_PURGE, tokens, actor, "", "")

    def in_order(self):
        """All tokens, as a list of all shows them."""
        return [token for owner in sorted(self.owners, key=lambda owner: (len(owner), owner)) for token in self.owners[owner]]

    def set_policy(self, call, mask=0, revision=0, actor="", **values):
        require(mask, E_ARGUMENT)
        require(actor, E_ACTOR)
        call.may_write(admin=True)
        require(revision in (0, self.policy_revision), E_REVISION)
        new = {name: values[name] if mask & bit else self.policy[name] for name, (bit, _, _) in POLICY.items()}
        self.check_policy(new)
        if new == self.policy:
            return
        self.policy_revision += 1
        self.note(call.now, V_POLICY, "", "", actor, "", changes(policy_facts(self.policy), policy_facts(new)), new)
        self.policy = new

    @staticmethod
    def check_policy(policy):
        default = policy["default_expiry"]
        for span in (policy["max_lifetime"], default, policy["audit_retention"] or NEVER):
            require(span == NEVER or MINUTE <= span <= MS_MAX, E_POLICY_VALUE)
        require(policy["max_live"] >= 1 and (default == NEVER or default <= policy["max_lifetime"])
                and 0 <= policy["undo"] <= 30 * DAY and 0 <= policy["max_grace"] <= GRACE_MAX, E_POLICY_VALUE)
        require(not policy["never_forbidden"] or min(default, policy["max_lifetime"]) != NEVER, E_POLICY_VALUE)

    # ---- verbs that read

    def validate(self, call, text="", interface=None, peer=None, flags=0):
        """The code, and the verdict as the driver prints it."""
        if not re.fullmatch(TEXT, text):
            return E_MALFORMED, f"{E_MALFORMED}|||0|0|0|"
        def verdict(code, shown=""):
            return code, f"{code}|{text[5:17]}|{shown or '|0|0|0|'}"
        if call.now < 0:
            return verdict(E_CLOCK)
        token = self.texts.get(text)
        secret = None
        if token and text == token.newest.text:
            secret, until = token.newest, 0
        elif token and token.has_older(call.now) and text == token.older.text:
            secret, until = token.older, token.older_until
        if not secret:
            return verdict(E_UNKNOWN)
        kind = KIND_NEVER if token.end.ms == NEVER else KIND_INSTANT
        shown = f"{token.owner}|{kind}|{token.end.ms}|{until}|{token.data}"
        state = token.state(call.now)
        if state != VALID:
            return verdict(DENIALS[state], shown)
        if token.networks and not any(contains(one, peer or "") for one in token.networks.split(",")):
            return verdict(E_WRONG_NETWORK, shown)
        if token.interfaces and not flags & ANY_INTERFACE and interface not in token.interfaces.split(","):
            return verdict(E_WRONG_INTERFACE, shown)
        minute = call.now // MINUTE * MINUTE
        secret.used, token.used = max(secret.used, minute), max(token.used, minute)
        return verdict(OK, shown)

    def validate_header(self, call, header="", **request):
        value = header.strip(" \t")
        if not re.match(r"(?i)bearer( |$)", value):
            return E_NO_TOKEN, f"{E_NO_TOKEN}|||0|0|0|"
        found = re.fullmatch(r"(?i)bearer +([-0-9A-Za-z._~+/]+=*)", value)
        if not found:
            return E_HEADER, f"{E_HEADER}|||0|0|0|"
        return self.validate(call, found[1], **request)

    def keeps(self, token, now, states=0, filter=0, expires_before=0, created_from=0, created_before=0, unused_since=0,
              name_contains="", owner_prefix="", **_):
        return not (states and not token.state(now) & states
                    or filter & NEVER_USED and token.used
                    or filter & NEVER_EXPIRES and token.end.ms != NEVER
                    or filter & OUTSIDE_POLICY and not self.is_outside(token.end, token.made)
                    or expires_before and token.end.ms > expires_before
                    or created_from and token.created < created_from
                    or created_before and token.created >= created_before
                    or unused_since and token.used and token.used + MINUTE > unused_since
                    or name_contains.lower() not in token.name.lower()
                    or not token.owner.startswith(owner_prefix))

    @staticmethod
    def check_filter(filter=0, expires_before=0, created_from=0, created_before=0, unused_since=0, **_):
        require(all(0 <= at <= MS_MAX for at in (expires_before, created_from, created_before, unused_since)), E_FILTER)
        require(not (filter & NEVER_EXPIRES and expires_before) and not (filter & NEVER_USED and unused_since)
                and not (created_from and created_before and created_from >= created_before), E_FILTER)

    def list(self, call, owner="", **wanted):
        check_owner(owner)
        self.check_filter(**wanted)
        call.clock()
        return [token.row(call.now) for token in self.of_owner(owner) if self.keeps(token, call.now, **wanted)]

    def list_all(self, call, **wanted):
        require(call.handle.is_admin, E_ADMIN)
        self.check_filter(**wanted)
        call.clock()
        return [token.row(call.now) for token in self.in_order() if self.keeps(token, call.now, **wanted)]

    def show(self, call, owner="", id=""):
        check_owner(owner)
        check_id(id)
        call.clock()
        return self.find(owner, id).row(call.now)

    def owner_stat(self, call, owner=""):
        check_owner(owner)
        call.clock()
        block = self.blocks.get(owner)
        counts = f"{len(self.of_owner(owner))}|{self.live(owner, call.now)}"
        return f"1|{block.ms}|{counts}|{block.by}|{block.reason}" if block else f"0|0|{counts}||"

    def policy_text(self):
        return "|".join(str(value) for value in [self.policy_revision, *self.policy.values()])

    def stat(self):
        revoked = sum(token.revoked is not None for token in self.tokens.values())
        return f"{len(self.tokens)}|{revoked}|{self.copies}"

    def copy(self, call, owner="", id="", format=1):
        check_owner(owner)
        check_id(id)
        require(format == MASKED or not call.handle.is_verify_only, E_VERIFY_ONLY)
        token = self.find(owner, id)
        if format == MASKED:
            return f"tdh_1{token.id}\u2026"
        require(token.revoked is None, E_COPY_REVOKED)
        require(token.copyable, E_NOT_COPYABLE)
        return FORMATS[format].format(token.newest.text)

    def read_audit(self, call, owner=None, id=None, since=0, until=0):
        require(owner is not None or call.handle.is_admin, E_ADMIN)
        return [record for record, (whose, at, of) in zip(self.audit, self.audit_of, strict=True)
                if owner in (None, whose) and at >= since and (not until or at < until) and (id is None or id in of)]

# SPDX-License-Identifier: MIT
"""Draws commands, most of which the model accepts, at instants that are often those at which something ends."""
import datetime
import json

import model
from model import DAY, HOUR, MINUTE
from world import FLAG_ADMIN, FLAG_NO_RECENT, INTERFACES, MAPS, PEERS, PROCESSES, STORES, VERIFY_ONLY

START = 1_800_000_000_000
OWNERS = ("a", "bb", "bc", "carol", "d\u00f6rte")
NAMES = ("n1", "Alpha", "beta key", "GAMMA")
ACTORS = ("", "", "root", "op x")
REASONS = ("", "left", "found in a log")
INTERFACE_LISTS = (None, "*", "web", "web,api", "mail")
NETWORK_LISTS = (None, "*", "10.0.0.0/8", "192.168.1.5", "2001:DB8:0::/32", "::ffff:10.0.0.0/104,2001:db8::/32")
DATA = ("", "00", "6b65793d37", "ff" * 128)

WEIGHTS = {"create": 13, "update": 20, "rotate": 13, "revoke": 8, "unrevoke": 9, "revoke_all": 2, "revoke_texts": 2,
           "block": 3, "unblock": 5, "policy_set": 6, "purge": 1, "batch": 2, "list": 6, "list_all": 2, "audit": 4,
           "header": 4, "reopen": 3, "grow": 0.6, "kill": 0.3, "backup": 0.3, "new_key": 0.2}


class Generator:
    def __init__(self, chance, world):
        self.chance, self.world = chance, world
        self.now = START + chance.randrange(400 * DAY) if chance.random() < 0.95 else 0
        self.labels = []
        self.made = 0

    def draw(self, n):
        """A command that can be printed as JSON, and read again."""
        chance = self.chance
        verb, = chance.choices(list(WEIGHTS), WEIGHTS.values())
        if verb in ("update", "rotate", "revoke", "unrevoke") and not self.labels_there():
            verb = "create"
        self.s = chance.randrange(len(STORES))
        self.p = chance.randrange(PROCESSES)
        fields = {}
        if verb in ("update", "rotate", "revoke", "unrevoke"):
            fields["token"] = chance.choice(self.labels_there()[-40:])
            self.s, self.token = self.world.labels[fields["token"]]
            if chance.random() < 0.02:
                fields["owner"] = chance.choice(OWNERS)
            if chance.random() < 0.01:
                fields["id"] = chance.choice(("abc", "0123456789ab"))
        else:
            self.token = None
        self.move_clock()
        command = {"n": n, "v": verb, "p": self.p, "s": self.s, "now": self.now, "f": fields}
        if chance.random() < 0.004 and verb not in ("reopen", "grow", "kill", "backup", "new_key"):
            command["now"] = -1
        if verb in ("create", "batch"):
            command["new"] = f"t{n}"
        fields.update(getattr(self, "of_" + verb, dict)())
        return json.loads(json.dumps(command))

    def labels_there(self):
        return list(self.world.labels)

    # ---- the clock

    def move_clock(self):
        """Mostly forward; sometimes back, or to where something ends."""
        chance = self.chance
        how, = chance.choices(("little", "minutes", "hours", "days", "back", "end"), (45, 20, 10, 3, 6, 16))
        if how == "end":
            instant = self.end_of_something()
            if instant is not None and abs(instant - self.now) < 40 * DAY:
                self.now = instant
            return
        self.now += {"little": lambda: chance.randrange(3000), "minutes": lambda: chance.randrange(10 * MINUTE),
                     "hours": lambda: chance.randrange(20 * HOUR), "days": lambda: chance.randrange(20 * DAY),
                     "back": lambda: -chance.choice((1, 5000, MINUTE, HOUR, DAY))}[how]()

    def end_of_something(self):
        """An instant at or beside the end of a token, an older secret, or the time for an undo."""
        store = self.world.stores[self.s]
        token = self.token or (self.chance.choice(list(store.tokens.values())) if store.tokens else None)
        if not token:
            return None
        ends = [token.end.ms, token.older_until, token.undo_until]
        if token.revoked is not None:
            ends += [token.revoked, token.revoked + store.policy["undo"]]
        ends = [end for end in ends if 0 < end < model.NEVER]
        return self.chance.choice(ends) + self.chance.choice((-1, 0, 0, 1)) if ends else None

    # ---- the fields of each verb

    def some(self, **fields):
        """Each field in half of the cases."""
        return {name: value for name, value in fields.items() if self.chance.random() < 0.5}

    def owner(self):
        return self.chance.choice(OWNERS)

    def actor(self):
        return self.chance.choice(ACTORS)

    def expiry(self):
        chance = self.chance
        kind = chance.choice((0, 0, 1, 2, 2, 3))
        if kind == model.KIND_DAY:
            days = chance.choice((0, 0, 1, 2, 10, 40, -1 if chance.random() < 0.1 else 3))
            day = datetime.datetime.fromtimestamp(self.now / 1000, datetime.timezone.utc) + datetime.timedelta(days=days)
            return {"kind": kind, "day": day.year * 10000 + day.month * 100 + day.day}
        if kind == model.KIND_INSTANT:
            span = chance.choice((1, 2000, MINUTE, HOUR, DAY, 30 * DAY, chance.randrange(10 * MINUTE),
                                  chance.randrange(3 * DAY)))
            return {"kind": kind, "end": self.now + (span if chance.random() < 0.98 else -span)}
        return {"kind": kind}

    def revision(self):
        return {"revision": self.chance.choice((0, 0, 0, -1, 1))} if self.chance.random() < 0.2 else {}

    def of_create(self):
        chance = self.chance
        fields = {"owner": self.owner(), "name": chance.choice(NAMES), **self.expiry(),
                  **self.some(description="what it is for", actor=self.actor(), data=chance.choice(DATA),
                              interfaces=chance.choice(INTERFACE_LISTS), networks=chance.choice(NETWORK_LISTS))}
        if chance.random() < 0.02:
            fields.update(chance.choice(({"name": ""}, {"owner": ""}, {"day": 20260230, "kind": 1, "end": 0}, {"kind": 9},
                                         {"networks": "10.0.0.1/8"}, {"interfaces": "web,web"})))
        return fields

    def of_batch(self):
        expiry = self.chance.choice(({"kind": 0}, {"kind": 3}, {"kind": 2, "end": self.now + HOUR}))
        count = self.chance.randint(0, 4) if self.chance.random() < 0.97 else 70  # more than a step of a revoke_all
        return {"owner": self.owner(), "name": self.chance.choice(NAMES), "count": count,
                "actor": self.actor(), **expiry}

    def of_update(self):
        chance = self.chance
        fields, mask = {}, 0
        for bit, make in ((1, lambda: {"name": chance.choice(NAMES)}), (2, lambda: self.some(description="another")),
                          (4, self.expiry), (8, lambda: {"data": chance.choice(DATA)}),
                          (16, lambda: {"interfaces": chance.choice(INTERFACE_LISTS[1:])}),
                          (32, lambda: {"networks": chance.choice(NETWORK_LISTS[1:])}),
                          (64, lambda: {"suspended": chance.randrange(2)})):
            if chance.random() < 0.25:
                mask |= bit
                fields.update(make())
        if self.now >= self.token.end.ms and chance.random() < 0.5:  # one that has expired gets a later end
            return {"mask": 4, "flags": chance.choice((0, 1, 1)), **self.expiry()}
        return {**fields, "mask": mask, "flags": chance.choice((0, 0, 1, 2, 3)), "actor": self.actor(), **self.revision()}

    def of_rotate(self):
        chance = self.chance
        grace = chance.choice((0, 1, 5000, MINUTE, HOUR, DAY, 30 * DAY))
        if self.now >= self.token.end.ms and chance.random() < 0.4:
            return {"grace": grace, "flags": 4, **self.expiry()}
        if chance.random() < 0.02:
            grace = 30 * DAY + 1
        return {"grace": grace, "flags": chance.choice((0, 0, 1, 2, 4, 5, 6)) if chance.random() < 0.98 else 3,
                "actor": self.actor(), **(self.expiry() if chance.random() < 0.3 else {}), **self.revision()}

    def reasons(self):
        chance = self.chance
        code = chance.choice((0, 0, 0, 1, 2, 3, 4)) if chance.random() < 0.99 else 5
        return {"flags": int(chance.random() < 0.15), "code": code, "reason": chance.choice(REASONS), "actor": self.actor()}

    def of_revoke(self):
        return self.reasons()

    def of_revoke_all(self):
        labels = [label for label in self.labels_there() if self.world.labels[label][0] == self.s]
        if labels and self.chance.random() < 0.4:
            other = {"owner": self.owner()} if self.chance.random() < 0.1 else {}
            return {"token": self.chance.choice(labels), **other, **self.reasons()}
        return {"owner": self.owner(), **self.reasons()}

    def of_revoke_texts(self):
        chance = self.chance
        texts = [self.text() for _ in range(chance.randint(1, 4))]
        return {"texts": texts, **self.reasons(), "actor": "root" if chance.random() < 0.95 else ""}

    def text(self):
        """As World.text_of() takes it: mostly a secret that a token has."""
        labels = [label for label in self.labels_there() if self.world.labels[label][0] == self.s]
        how = self.chance.random()
        if how < 0.03 or not labels:
            return -1
        if how < 0.2:
            return max(len(self.world.old_texts[self.s]) - self.chance.randint(1, 20), 0)
        return [self.chance.choice(labels[-20:]), int(self.chance.random() < 0.5)]

    def of_unrevoke(self):
        return {"actor": self.actor()}

    def of_block(self):
        actor = "root" if self.chance.random() < 0.97 else ""
        return {"owner": self.owner(), "actor": actor, "reason": self.chance.choice(REASONS)}

    of_unblock = of_block

    def of_policy_set(self):
        chance = self.chance
        values = {"never_forbidden": chance.choice((0, 0, 1)),
                  "max_live": chance.choice((model.ANY_NUMBER, model.ANY_NUMBER, 1, 3, 6, 0)),
                  "max_lifetime": chance.choice((model.NEVER, model.NEVER, 40 * DAY, DAY, HOUR, 1)),
                  "default_expiry": chance.choice((model.NEVER, model.NEVER, DAY, MINUTE)),
                  "undo": chance.choice((HOUR, HOUR, 0, 5000, 30 * DAY, 31 * DAY)),
                  "max_grace": chance.choice((30 * DAY, 30 * DAY, DAY, 0)),
                  "audit_retention": chance.choice((400 * DAY,) * 8 + (model.NEVER, model.NEVER, 0, MINUTE))}
        mask = sum(bit for bit in (1, 2, 4, 8, 16, 32, 64) if chance.random() < 0.4)
        if chance.random() < 0.3:  # all as it was at first
            mask, values = 127, {name: first for name, (_, _, first) in model.POLICY.items()}
        revision = chance.choice((0, 0, 0, 0, self.world.stores[self.s].policy_revision, 77))
        return {"mask": mask, "actor": "root", "revision": revision, **values}

    def of_purge(self):
        chance = self.chance
        before = self.now - chance.choice((0, 1, MINUTE, HOUR, HOUR, DAY, DAY, 10 * DAY, 10 * DAY))
        return {"before": before if chance.random() < 0.95 else self.now + 1, "flags": int(chance.random() < 0.2),
                "actor": "root" if chance.random() < 0.95 else ""}

    def filter(self):
        chance, now = self.chance, self.now
        return {"states": chance.choice((0, 0, 1, 2, 4, 8, 16, 3, 28)), "limit": chance.choice((0, 1, 2, 5)),
                "filter": chance.choice((0, 0, 1, 2, 4)),
                **self.some(name_contains=chance.choice(("a", "ALPHA", "ta k", "zz")),
                            unused_since=now - chance.randrange(DAY)),
                **(self.some(expires_before=now + chance.randrange(-HOUR, DAY), created_from=now - chance.randrange(DAY),
                             created_before=now - chance.randrange(HOUR)) if chance.random() < 0.4 else {})}

    def of_list(self):
        return {"owner": self.owner(), **self.filter()}

    def of_list_all(self):
        return {**self.filter(), **self.some(owner_prefix=self.chance.choice(("b", "a", "z")))}

    def of_audit(self):
        chance = self.chance
        labels = [label for label in self.labels_there() if self.world.labels[label][0] == self.s]
        if labels and chance.random() < 0.5:
            return {"token": chance.choice(labels), "limit": chance.choice((0, 3))}
        return {"limit": chance.choice((0, 7)), **self.some(owner=self.owner(), since=max(self.now - chance.randrange(HOUR), 0),
                                                            until=max(self.now - chance.randrange(MINUTE), 0))}

    def of_header(self):
        texts = self.world.old_texts[self.s]
        form = self.chance.choice(("Bearer {}", "bearer  {} ", "BEARER {}", "Bearer{}", "Basic {}", "Bearer", "",
                                   "Bearer {} x", "Bearer \"{}\"", "{}", "Bearer x{}"))
        return {"form": form, "text": max(len(texts) - self.chance.randint(1, 12), 0),
                "interface": self.chance.choice(INTERFACES), "peer": self.chance.choice(PEERS)}

    def of_reopen(self):
        if self.p == 0:
            return {"flags": FLAG_ADMIN | self.chance.choice((0, FLAG_NO_RECENT)), "mode": 0}
        if self.chance.random() < 0.3:
            return {"flags": self.chance.choice((0, FLAG_NO_RECENT)), "mode": VERIFY_ONLY}
        return {"flags": self.chance.choice((0, 1, 2, 3)), "mode": 1}

    def of_grow(self):
        return {"map": self.chance.choice(MAPS)}

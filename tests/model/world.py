# SPDX-License-Identifier: MIT
"""Three processes and two stores, and the model beside them: World carries out commands on both and compares.

A command is a dict: the verb "v", the process "p", the store "s", the instant "now", the number of the step "n", and the
fields "f" of the call. A field "token" is the label of a token, which the create with the same "new" gave; so a command means
the same in a sequence of which others were left out.
"""
import collections
import os
import random
import shutil
import signal
import subprocess

import model
from model import Call, Handle, Refused, Store

PROCESSES = 3
VERIFY_ONLY = 2
FLAG_NO_RECENT, FLAG_ADMIN = 1, 2
SPARE = 2  # the place of a third store in a process: that of a backup
MAPS = (model.FIRST_MAP, 17 << 20, 20 << 20)
STORES = ({"copies": 1, "zone": "UTC"}, {"copies": 2, "zone": "Europe/Berlin"})
INTERFACES = (None, "web", "mail", "api")
PEERS = (None, "0a010203", "c0a80105", "20010db8000000000000000000000001", "00000000000000000000ffff0a010203", "08080808")


class Difference(Exception):
    def __init__(self, step, what, expected, found):
        super().__init__(f"step {step}: {what}\n  model:   {expected}\n  library: {found}")


class Driver:
    """A process that is linked to the library."""

    def __init__(self, program):
        env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}  # nothing here needs a slow disk
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)

    def ask(self, lines):
        """The answers: each a list of items, the code as the last."""
        self.process.stdin.write("".join(lines).encode())
        self.process.stdin.flush()
        return [self.process.stdout.readline().decode().rstrip("\n").split("\t") for _ in lines]

    def end(self, is_killed=False):
        if is_killed:
            self.process.send_signal(signal.SIGKILL)
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()
        self.process.stdout.close()


def line_of(verb, store, now, fields):
    given = [f"{name}={value}" for name, value in fields.items() if value not in (None, "")]
    return "\t".join([verb, f"s={store}", f"now={now}", *given]) + "\n"


class World:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.drivers = [Driver(program) for _ in range(PROCESSES)]
        self.outcomes = collections.Counter()  # how often which verb gave which code

    def begin(self, now):
        """New, empty stores."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.mkdir(self.folder)
        self.keys = os.path.join(self.folder, "keys")
        self.stores = [Store(**each) for each in STORES]
        self.labels = {}  # label: (store, token)
        self.old_texts = [[] for _ in STORES]  # texts in the order in which they were made
        self.cursors = ["" for _ in STORES]
        self.seen = [0 for _ in STORES]  # records of the audit that the cursor is behind
        self.first = self.latest = now  # of all instants of calls
        self.retentions = [{store.policy["audit_retention"]} for store in self.stores]
        self.now = now
        self.step = 0
        self.expect(0, "keyring", 0, {"keys": self.keys})
        for s, settings in enumerate(STORES):
            self.expect(0, "init", s, {"path": self.path(s), "keys": self.keys, "map": MAPS[0], **settings})
        self.active_key = model.FIRST_KEY
        self.handles = [[Handle() for _ in STORES] for _ in range(PROCESSES)]
        for p in range(PROCESSES):
            for s in range(len(STORES)):
                self.open(p, s, FLAG_ADMIN, 0)

    def end(self):
        for p in range(PROCESSES):
            for s in range(len(STORES)):
                self.expect(p, "close", s, {})
        for s in range(len(STORES)):
            self.expect(0, "check", s, {"path": self.path(s), "keys": self.keys})
        shutil.rmtree(self.folder)

    def abandon(self):
        """After a difference. False if a process is dead."""
        try:
            for p in range(PROCESSES):
                self.ask(p, [line_of("close", s, 0, {}) for s in (*range(len(STORES)), SPARE)])
        except Difference:
            return False
        return True

    def close(self):
        for driver in self.drivers:
            driver.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, s):
        return os.path.join(self.folder, f"store{s}")

    # ---- asking and comparing

    def ask(self, p, lines):
        try:
            answers = self.drivers[p].ask(lines)
        except BrokenPipeError:
            answers = [[""]]
        if [""] in answers:
            raise Difference(self.step, f"process {p}", "lives", f"is dead, after one of\n{''.join(lines)}")
        return answers

    def expect(self, p, verb, s, fields, items=(), code=model.OK):
        answer, = self.ask(p, [line_of(verb, s, self.now, fields)])
        self.compare(verb, fields, [*items, str(code)], answer)

    def compare(self, verb, fields, expected, answer):
        """An item that may be one or another is a tuple."""
        if len(expected) == len(answer):
            expected = [found if type(item) is tuple and found in item else item
                        for item, found in zip(expected, answer, strict=True)]
        if expected != answer:
            raise Difference(self.step, f"{verb} {fields}", expected, answer)

    def open(self, p, s, flags, mode):
        self.expect(p, "open", s, {"path": self.path(s), "keys": self.keys, "flags": flags, "mode": mode})
        self.handles[p][s] = Handle(bool(flags & FLAG_ADMIN), mode == VERIFY_ONLY, self.active_key)

    # ---- commands

    def carry_out(self, command):
        """False if it is about a token that is not there: its create was left out."""
        self.now, self.step = command["now"], command["n"]
        fields = dict(command["f"])
        label = fields.pop("token", None)
        if label is not None:
            if label not in self.labels:
                return False
            token = self.labels[label][1]
            fields = {"id": token.id, "owner": token.owner, **fields}
            if "revision" in fields:
                fields["revision"] = token.revision + fields["revision"] or 1
        run = getattr(self, "do_" + command["v"], None)
        if run:
            run(command["p"], command["s"], fields)
        else:
            self.do_call(command, fields)
        return True

    def call(self, p, s, now=None):
        return Call(self.handles[p][s], self.now if now is None else now)

    def do_call(self, command, fields):
        verb, p, s = command["v"], command["p"], command["s"]
        answer, = self.ask(p, [line_of(verb, s, self.now, fields)])
        code, items = model.OK, []
        self.stores[s].key = self.handles[p][s].key
        try:
            items = getattr(self, "model_" + verb)(self.call(p, s), self.stores[s], answer[:-1], fields, command) or []
        except Refused as refused:
            code = refused.code
        self.compare(verb, fields, [*items, str(code)], answer)
        self.outcomes[verb, code] += 1
        self.first, self.latest = min(self.first, max(self.now, 0)), max(self.latest, self.now)
        self.retentions[s].add(self.stores[s].policy["audit_retention"])

    def learn(self, s, command, texts):
        for i, text in enumerate(texts):
            self.old_texts[s].append(text)
            if "new" in command:
                self.labels.setdefault(f"{command['new']}.{i}", (s, self.stores[s].texts[text]))

    def model_create(self, call, store, items, fields, command):
        store.create_one(call, items[1:2], **fields)
        self.learn(command["s"], command, items[1:2])
        return items if len(items) == 2 and items[1][5:17] == items[0] else ["id", "text"]

    def model_batch(self, call, store, items, fields, command):
        store.create_batch(call, items[1::2], **fields)
        self.learn(command["s"], command, items[1::2])
        return items if len(items) == 2 * fields["count"] else ["id", "text"] * fields["count"]

    def model_update(self, call, store, items, fields, command):
        return [str(store.update(call, **fields))]

    def model_rotate(self, call, store, items, fields, command):
        store.rotate(call, items[1] if len(items) == 2 else None, **fields)
        self.learn(command["s"], {}, items[1:2])
        return [fields["id"], items[1] if len(items) == 2 else "text"]

    def model_revoke(self, call, store, items, fields, command):
        store.revoke(call, **fields)

    def model_revoke_all(self, call, store, items, fields, command):
        return [str(store.revoke_all(call, **fields))]

    def model_revoke_texts(self, call, store, items, fields, command):
        return store.revoke_texts(call, **fields)

    def model_unrevoke(self, call, store, items, fields, command):
        store.unrevoke(call, **fields)

    def model_block(self, call, store, items, fields, command):
        store.block(call, **fields)

    def model_unblock(self, call, store, items, fields, command):
        store.unblock(call, **fields)

    def model_policy_set(self, call, store, items, fields, command):
        store.set_policy(call, **fields)

    def model_purge(self, call, store, items, fields, command):
        records, = self.ask(0, [line_of("audit", command["s"], self.now, {"cursor": self.cursors[command["s"]]})])
        steps = [record.count(",") + 1 for record in records if record.split("|")[2:3] == [str(model.V_PURGE)]]
        return [store.purge(call, steps, **fields)]

    def model_list(self, call, store, items, fields, command):
        return store.list(call, **{name: value for name, value in fields.items() if name not in ("limit", "id")})

    def model_list_all(self, call, store, items, fields, command):
        return store.list_all(call, **fields)

    def model_audit(self, call, store, items, fields, command):
        """The oldest records may be gone, if their time may be over; the last item is a cursor."""
        records = store.read_audit(call, **{name: value for name, value in fields.items() if name != "limit"})
        if self.latest - self.first >= min(self.retentions[command["s"]]):
            records = records[max(0, len(records) - (len(items) - 1)):]
        return [*records, *items[-1:]]

    # ---- commands that no verb stands for

    def do_header(self, p, s, fields):
        texts = self.old_texts[s]
        value = fields["form"].format(texts[fields["text"] % len(texts)] if texts else "none")
        request = {"interface": fields["interface"], "peer": fields["peer"]}
        code, verdict = self.stores[s].validate_header(self.call(p, s), value, **request)
        self.outcomes["header", code] += 1
        line = line_of("validate", s, self.now, request).rstrip("\n") + f"\theader={value}\n"
        self.compare("validate_header", {"header": value, **request}, [verdict, str(code)], self.ask(p, [line])[0])

    def text_of(self, s, which):
        """Which: a label and whether its older secret is meant, if it has one; or the number of a text; else none."""
        texts = self.old_texts[s]
        if isinstance(which, list) and which[0] in self.labels:
            token = self.labels[which[0]][1]
            return (which[1] and token.older or token.newest).text
        return texts[which % len(texts)] if isinstance(which, int) and which >= 0 and texts else "none"

    def do_revoke_texts(self, p, s, fields):
        """Another process sees at once what became of them."""
        chosen = [self.text_of(s, which) for which in fields["texts"]]
        self.do_call({"v": "revoke_texts", "p": p, "s": s}, {**fields, "texts": ",".join(chosen)})
        chance = random.Random(f"texts {self.step}")
        self.check_many((p + 1) % PROCESSES, s, [self.text_line(s, text, chance) for text in chosen])

    def do_reopen(self, p, s, fields):
        self.expect(p, "close", s, {})
        self.open(p, s, fields["flags"], fields["mode"])

    def do_kill(self, p, s, fields):
        self.drivers[p].end(is_killed=True)
        self.drivers[p] = Driver(self.program)
        for each, handle in enumerate(self.handles[p]):
            self.open(p, each, FLAG_ADMIN if handle.is_admin else 0, VERIFY_ONLY if handle.is_verify_only else 0)

    def do_new_key(self, p, s, fields):
        """As doc/operations.md says: every process has the key before it is active."""
        answer, = self.ask(p, [line_of("add_key", s, self.now, {"keys": self.keys})])
        self.compare("add_key", {}, [answer[0], "0"], answer)
        self.reload(range(PROCESSES))
        self.expect(p, "activate_key", s, {"keys": self.keys, "key": answer[0]})
        self.active_key = int(answer[0])
        self.reload(random.Random(self.step).sample(range(PROCESSES), 2))

    def reload(self, processes):
        for p in processes:
            for s in range(len(STORES)):
                self.expect(p, "reload", s, {"keys": self.keys})
                self.handles[p][s].key = self.active_key

    def do_grow(self, p, s, fields):
        code = model.E_MODE if self.handles[p][s].is_verify_only else model.OK
        if not 0 <= self.now <= model.MS_MAX:
            code = model.E_CLOCK
        self.expect(p, "grow", s, {"path": self.path(s), "keys": self.keys, "map": fields["map"]}, code=code)
        if code == model.OK:
            self.stores[s].key = self.active_key
            self.stores[s].grow(self.now, fields["map"])

    def do_backup(self, p, s, fields):
        """A copy shows what the store shows."""
        path = os.path.join(self.folder, f"copy{self.step}")
        self.expect(p, "backup", s, {"path": path})
        self.expect(0, "open", SPARE, {"path": path, "keys": self.keys, "flags": FLAG_ADMIN})
        rows = self.stores[s].list_all(Call(Handle(), self.now))
        self.expect(0, "list_all", SPARE, {}, rows)
        self.expect(0, "close", SPARE, {})
        shutil.rmtree(path)

    # ---- checks

    def look(self, command):
        """After a command: what its owner and some texts are by now, as another process sees it, and what was recorded."""
        chance = random.Random(f"look {command['n']}")
        p, s = chance.randrange(PROCESSES), command["s"]
        token = self.labels[command["f"]["token"]][1] if "token" in command["f"] else None
        owner = token.owner if token else command["f"].get("owner") or "a"
        self.now = max(self.now, 0)
        self.check_many(p, s, self.owner_lines(s, owner, token, chance) + self.text_lines(s, token, chance))
        self.check_news(s)
        if command["n"] % 50 == 49:
            self.look_at_all()

    def check_many(self, p, s, questions):
        """Each question is a verb, its fields and what the model says, given a call: items, or a code with one item."""
        call = self.call(p, s)
        expected = []
        lines = [line_of(verb, s, self.now, fields) for verb, fields, _ in questions]
        answers = self.ask(p, lines)
        for (verb, fields, judge), answer in zip(questions, answers, strict=True):
            try:
                expected = judge(call)
            except Refused as refused:
                expected = [str(refused.code)]
            self.outcomes[verb, int(expected[-1])] += 1
            if expected != answer:
                raise Difference(self.step, f"in process {p}, store {s}: {verb} {fields}", expected, answer)

    def owner_lines(self, s, owner, token, chance):
        store = self.stores[s]
        whose = {"owner": owner}
        asked = [("list", whose, lambda call: [*store.list(call, owner=owner), "0"]),
                 ("owner", whose, lambda call: [store.owner_stat(call, owner=owner), "0"])]
        if token and chance.random() < 0.3:
            which = {"owner": owner, "id": token.id}
            asked.append(("show", which, lambda call: [store.show(call, **which), "0"]))
            form = chance.randint(1, 6)
            asked.append(("copy", {**which, "format": form}, lambda call: [store.copy(call, **which, format=form), "0"]))
        if chance.random() < 0.1:
            asked.append(("policy", {}, lambda call: [store.policy_text(), "0"]))
            asked.append(("stat", {}, lambda call: [store.stat(), "0"]))
        return asked

    def text_lines(self, s, token, chance):
        """Both secrets of the token, and others, also old ones."""
        texts = []
        if token:
            texts = [token.newest.text] + ([token.older.text] if token.older else [])
        recent = self.old_texts[s][-8:]
        if recent:
            texts += [chance.choice(some) for some in (recent, recent, self.old_texts[s], self.old_texts[s])]
        return [self.text_line(s, text, chance) for text in texts]

    def text_line(self, s, text, chance):
        request = {"interface": chance.choice(INTERFACES), "peer": chance.choice(PEERS),
                   "flags": model.ANY_INTERFACE if chance.random() < 0.3 else 0}
        def judge(call):
            code, verdict = self.stores[s].validate(call, text, **request)
            return [verdict, str(code)]
        return ("validate", {"text": text, **request}, judge)

    def check_news(self, s):
        """What was recorded since the last look; process 0 always has handles of an administrator."""
        answer, = self.ask(0, [line_of("audit", s, self.now, {"cursor": self.cursors[s]})])
        self.compare("audit", {"cursor": self.cursors[s]},
                     [*self.stores[s].audit[self.seen[s]:], answer[-2] if len(answer) > 1 else "cursor", "0"], answer)
        self.cursors[s], self.seen[s] = answer[-2], len(self.stores[s].audit)

    def look_at_all(self):
        for s, store in enumerate(self.stores):
            chance = random.Random(f"all {self.step} {s}")
            self.check_many(0, s, [("list_all", {"limit": 7}, lambda call: [*store.list_all(call), "0"])])
            for owner in list(store.owners):
                self.check_many(chance.randrange(PROCESSES), s, self.owner_lines(s, owner, None, chance))
            self.check_many(chance.randrange(PROCESSES), s,
                            [self.text_line(s, text, chance) for text in self.old_texts[s][-150:]])
            self.check_whole_audit(s)

    def check_whole_audit(self, s):
        """The oldest records may be gone, if their time is over."""
        answer, = self.ask(0, [line_of("audit", s, self.now, {"limit": 100})])
        store, found = self.stores[s], answer[:-2]
        gone = len(store.audit) - len(found)
        self.compare("audit", {}, [*store.audit[max(gone, 0):], answer[-2], "0"], answer)
        for owner, at, ids in store.audit_of[:gone]:
            if at > self.latest - min(self.retentions[s]):
                raise Difference(self.step, "audit", f"a record of {owner} {ids} at {at} is kept", "it is gone")

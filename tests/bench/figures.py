# SPDX-License-Identifier: MIT
"""Every figure of the benchmark and its bound, in the order of the table. What is not measured misses its bound."""
from typing import NamedTuple, Optional


class Figure(NamedTuple):
    id: str                # what a program of the benchmark calls it
    text: str
    kind: str              # "most", "least", or "report": no bound
    bound: Optional[float] = None
    needs: str = ""        # peer, or ability of the library, without which it cannot be measured

    def keeps(self, value):
        if self.kind == "report":
            return True
        return value is not None and (value <= self.bound if self.kind == "most" else value >= self.bound)


def most(name, text, bound, needs=""):
    return Figure(name, text, "most", bound, needs)


def least(name, text, bound, needs=""):
    return Figure(name, text, "least", bound, needs)


def report(name, text, needs=""):
    return Figure(name, text, "report", None, needs)


FIGURES = [
    most("first.hot.2", "validate, first sight, hot 100 of 10⁵ / floor", 1.45),
    most("first.uniform.2", "validate, first sight, uniform, 10⁵ / floor", 1.35),
    most("first.uniform.3", "validate, first sight, uniform, 10⁶ / floor", 1.35),
    most("first.uniform.4", "validate, first sight, uniform, 10⁷ / floor", 1.35),
    most("instructions", "instructions of a validate / the floor's", 1.50),
    most("seen", "validate, seen before, unchanged store / floor", 0.25),
    most("growth", "growth of the hot validate from 10³ to 10⁷ / the floor's growth", 1.05),
    most("writer.seen", "validate, processor time, hot 100, beside a durable writer / alone", 1.30),
    most("writer.first", "validate, processor time, uniform 10⁵, beside a durable writer / alone", 1.30),
    most("garbage", "garbage of a token's length / floor", 0.14),
    most("garbage.long", "1 MiB of garbage / floor", 0.14),
    most("unknown", "unknown token with a good checksum / the floor's miss", 1.25),
    least("threads.seen", "2 threads / 1 thread, throughput, hot 100", 1.9),
    least("threads.first", "2 threads / 1 thread, throughput, uniform 10⁵", 1.9),
    most("last_use.hot", "last use on / off, hot 100", 1.03),
    most("last_use.uniform", "last use on / off, uniform 10⁵", 1.20),
    most("create", "durable create / bare durable LMDB put", 1.5),
    most("revoke", "durable revoke / bare durable LMDB put", 1.4),
    most("batch", "batch of 1,000 creates, per token / one durable create", 0.12),
    least("creates.sqlite", "durable creates a second, 8 threads / SQLite (WAL, FULL)", 1.0, "sqlite"),
    least("creates.postgres", "durable creates a second, 8 threads / PostgreSQL, 8 connections", 1.0, "postgres"),
    most("list.check", "list, a row of 10⁵ of one owner / raw clustered range scan", 4.0),
    most("list.plain", "the same without the record check", 2.0),
    most("open.growth", "open at 10⁷ / open at 10³, structure check off", 2.0),
    report("open.check", "structure check at open, ms a MiB"),
    most("memory", "private memory of a handle with one thread, any size, KiB", 512),
    least("peer.sqlite", "SQLite / validate, hot 100, first sight", 6, "sqlite"),
    least("peer.sqlite.seen", "SQLite / validate, hot 100, seen before", 30, "sqlite"),
    least("peer.redis", "Redis, unix socket, same processor / validate, first sight", 30, "redis"),
    least("peer.postgres", "PostgreSQL, unix socket, same processor / validate, first sight", 40, "postgres"),
    least("peer.jwt_hs256", "libjwt HS256 / validate, first sight", 11, "jwt"),
    report("peer.jwt_es256", "libjwt ES256 / validate, first sight", "jwt"),
    least("peer.macaroons", "libmacaroons / validate, first sight", 8, "macaroons"),
    least("peer.ed25519", "Ed25519 verify / validate, first sight", 110),
    most("stale", "stale positives in 200,000 causal rounds", 0),
    least("stale.number", "the same with the environment's number stored (negative control)", 1),
    least("stale.second", "the same with verdicts kept for a second (negative control)", 1),
    least("stale.record", "the same with verdicts taken over whatever the record (negative control)", 1),
    report("price.owner", "price of the owner in the record, hot, × floor"),
    report("price.check", "price of the record check, hot, × floor"),
    report("price.scrub", "price of the scrub, hot, × floor"),
    report("price.fork", "price of the fork check, hot, × floor"),
    report("price.last_use", "price of last use, hot, × floor"),
    report("price.record.uniform", "price of the whole record in place of the floor's smallest, uniform 10⁵, × floor"),
    report("price.last_use.uniform", "price of last use, uniform 10⁵, × floor"),
    report("renewed", "validate, seen before, first look after a commit, hot 100 of 10⁵ / floor"),
    report("hot.2", "validate with verdicts not remembered, hot 100 of 10⁵ / floor"),
    report("hot.0", "the same of 10³"),
    report("hot.4", "the same of 10⁷"),
    report("writer.floor", "the floor, processor time, hot 100, beside a durable writer / alone"),
    report("bytes", "bytes of store a token, 10⁷, owners of 16 bytes, names of 4"),
    report("rss", "memory in use of a process after 65,536 uniform validates at 10⁷, MiB (nearly all of it page cache)"),
    report("fill", "filling 10⁷ by batches, tokens a second"),
    report("ns.floor", "floor, hot 100 of 10⁵, ns"),
    report("ns.first", "validate, first sight, hot 100 of 10⁵, ns"),
    report("ns.seen", "validate, seen before, hot 100 of 10⁵, ns"),
    report("ns.put", "bare durable LMDB put, ns"),
    report("ns.create", "durable create, ns"),
    report("ns.batch", "batch of 1,000 creates, ns a token"),
    report("rate.creates", "durable creates a second, 8 threads"),
    report("ns.list", "list, ns a row"),
    report("ns.sqlite", "SQLite, ns", "sqlite"),
    report("ns.redis", "Redis, ns", "redis"),
    report("ns.postgres", "PostgreSQL, ns", "postgres"),
    report("ns.jwt_hs256", "libjwt HS256, ns", "jwt"),
    report("ns.jwt_es256", "libjwt ES256, ns", "jwt"),
    report("ns.macaroons", "libmacaroons, ns", "macaroons"),
    report("ns.ed25519", "Ed25519, ns"),
]

# For a run that is too small to be judged.
UNBOUND = [report(figure.id, figure.text) for figure in FIGURES]

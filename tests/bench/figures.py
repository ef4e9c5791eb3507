# SPDX-License-Identifier: MIT
"""Every figure of the benchmark and its bound, in the order of the table. What is not measured misses its bound."""
from typing import NamedTuple, Optional


class Figure(NamedTuple):
    id: str                # what a program of the benchmark calls it
    text: str
    kind: str              # "most", "least", or "report": no bound
    bound: Optional[float] = None
    needs: str = ""        # peer, earlier release or device, without which it cannot be measured

    def unjudged_for(self, missing):
        """Why its bound is not judged, or None. missing: what is not there -> why that matters."""
        is_of_disk = self.kind != "report" and self.id.startswith(("creates.", "beside.creates", "audit.", "block"))
        return missing.get(self.needs) or (missing.get("fast disk") if is_of_disk else None)

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
    most("first.hot.2", "validate, first sight, hot 100 of 10⁵ / floor", 1.30),
    report("first.uniform.2", "validate, first sight, uniform, 10⁵ / floor"),
    report("first.uniform.3", "validate, first sight, uniform, 10⁶ / floor"),
    report("first.uniform.4", "validate, first sight, uniform, 10⁷ / floor"),
    most("instructions", "instructions of a validate at first sight / the floor's", 1.32),
    most("instructions.seen", "instructions of a validate, seen before / the floor's", 0.30),
    report("seen", "validate, seen before, unchanged store / floor"),
    most("growth", "growth of the hot validate from 10³ to 10⁷ / the floor's growth", 1.05),
    most("writer.seen", "validate, processor time, hot 100, beside a durable writer / alone", 1.30),
    most("writer.first", "validate, processor time, uniform 10⁵, beside a durable writer / alone", 1.30),
    most("garbage", "garbage of a token's length / floor", 0.14),
    most("garbage.long", "1 MiB of garbage / floor", 0.14),
    report("unknown", "unknown token with a good checksum / the floor's miss"),
    most("unknown.wrong", "unknown id with a good checksum / known id with a wrong secret, both in cache", 1.03),
    report("ns.unknown", "unknown id with a good checksum, in cache, ns"),
    report("ns.wrong", "known id with a wrong secret, in cache, ns"),
    least("threads.seen", "2 threads / 1 thread, throughput, hot 100", 1.9),
    least("threads.first", "2 threads / 1 thread, throughput, uniform 10⁵", 1.9),
    most("last_use.hot", "last use on / off, hot 100", 1.03),
    most("last_use.uniform", "last use on / off, uniform 10⁵", 1.20),
    most("create", "durable create / bare durable LMDB put", 1.5),
    most("revoke", "durable revoke / bare durable LMDB put", 1.4),
    most("batch", "batch of 1,000 creates, per token / one durable create", 0.12),
    most("audit.1", "durable create with audit / without, 1 thread", 1.20),
    most("audit.8", "durable create with audit / without, 8 threads", 1.15),
    most("block", "an owner with 1,000 tokens is blocked beside validates, ms", 100),
    report("revoke_all", "all 10,000 tokens of an owner are revoked, ms"),
    least("creates.sqlite", "durable creates a second, 8 threads, one owner / SQLite (WAL, FULL)", 1.8, "sqlite"),
    least("creates.postgres", "durable creates a second, 8 threads, one owner / PostgreSQL, 8 connections", 0.95, "postgres"),
    report("creates.owners.sqlite", "durable creates a second, 8 threads, 100 owners / SQLite (WAL, FULL)", "sqlite"),
    report("creates.32.sqlite", "durable creates a second, 32 threads, one owner / SQLite (WAL, FULL)", "sqlite"),
    least("creates.owners.postgres", "durable creates a second, 8 threads, 100 owners / PostgreSQL, 8 connections", 0.65,
          "postgres"),
    least("creates.32.postgres", "durable creates a second, 32 threads, one owner / PostgreSQL, 32 connections", 1.1, "postgres"),
    report("pages.1", "pages of a durable commit of one create"),
    most("pages.8", "pages of a durable commit of 8 creates, one owner", 10),
    most("pages.owners", "pages of a durable commit of 8 creates, 100 owners", 22),
    most("flushes.1", "flushes of the disk, a durable commit of one create", 2.05, "block device"),
    most("flushes.8", "flushes of the disk, a durable commit of 8 creates, one owner", 2.05, "block device"),
    most("flushes.owners", "flushes of the disk, a durable commit of 8 creates, 100 owners", 2.05, "block device"),
    least("group.8", "creates a commit in these counts, one owner", 7),
    least("group.owners", "creates a commit in these counts, 100 owners", 7),
    report("requests.1", "requests to write, a durable commit of one create", "block device"),
    report("requests.8", "requests to write, a durable commit of 8 creates, one owner", "block device"),
    report("requests.owners", "requests to write, a durable commit of 8 creates, 100 owners", "block device"),
    report("list.check", "list, a row of 10⁵ of one owner / raw clustered range scan"),
    report("list.plain", "the same without the record check"),
    most("list.all", "list of all owners, 10⁶, a filter by name that keeps 1 % / raw scan of as many rows", 4.0),
    most("open.growth", "open at 10⁷ / open at 10³, structure check off", 2.0),
    report("open.check", "structure check at open, ms a MiB"),
    most("memory", "private memory of a handle with one thread, any size, KiB", 512),
    report("peer.sqlite", "SQLite / validate, hot 100, first sight", "sqlite"),
    report("peer.sqlite.seen", "SQLite / validate, hot 100, seen before", "sqlite"),
    report("peer.redis", "Redis, unix socket, same processor / validate, first sight", "redis"),
    report("peer.postgres", "PostgreSQL, unix socket, same processor / validate, first sight", "postgres"),
    report("peer.jwt_hs256", "libjwt HS256 / validate, first sight", "jwt"),
    report("peer.jwt_es256", "libjwt ES256 / validate, first sight", "jwt"),
    report("peer.macaroons", "libmacaroons / validate, first sight", "macaroons"),
    report("peer.ed25519", "Ed25519 verify / validate, first sight"),
    most("stale", "stale positives in 200,000 causal rounds", 0),
    least("stale.meta", "in 20,000 rounds, by the number of the newest meta page (negative control)", 1),
    least("stale.before", "in 20,000 rounds, by a number from before the call began (negative control)", 1),
    least("stale.second", "in 20,000 rounds, with verdicts kept for a second (negative control)", 1),
    least("stale.record", "in 20,000 rounds, with verdicts kept whatever the record (negative control)", 1),
    most("beside.first.uniform.2", "validate, first sight, uniform, 10⁵ / earlier release", 0.88, "beside"),
    most("beside.first.uniform.3", "validate, first sight, uniform, 10⁶ / earlier release", 0.88, "beside"),
    most("beside.first.uniform.4", "validate, first sight, uniform, 10⁷ / earlier release", 0.88, "beside"),
    most("beside.first.hot", "validate, first sight, hot 100 of 10⁵ / earlier release", 0.99, "beside"),
    least("beside.peers", "any peer / validate, first sight, hot 100: this release / the earlier one", 1.0, "beside"),
    most("beside.seen", "validate, seen before, unchanged store / earlier release", 0.83, "beside"),
    most("beside.renewed", "validate, seen before, first look after another's commit / earlier release", 0.95, "beside"),
    most("beside.list", "list, a row of 10⁵ of one owner / earlier release", 0.90, "beside"),
    least("beside.creates", "durable creates a second, 8 threads, one owner / earlier release", 1.5, "beside"),
    report("beside.unknown", "unknown id with a good checksum, in cache / earlier release", "beside"),
    report("beside.wrong", "known id with a wrong secret, in cache / earlier release", "beside"),
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
    most("bytes", "bytes of store a token, 10⁷, owners of 16 bytes, names of 4", 290),
    report("rss", "memory in use of a process after 65,536 uniform validates at 10⁷, MiB (nearly all of it page cache)"),
    report("fill", "filling 10⁷ by batches, tokens a second"),
    report("ns.floor", "floor, hot 100 of 10⁵, ns"),
    report("ns.first", "validate, first sight, hot 100 of 10⁵, ns"),
    report("ns.seen", "validate, seen before, hot 100 of 10⁵, ns"),
    report("ns.put", "bare durable LMDB put, ns"),
    report("ns.create", "durable create, ns"),
    report("ns.batch", "batch of 1,000 creates, ns a token"),
    report("rate.creates", "durable creates a second, 8 threads, one owner"),
    report("rate.creates.32", "durable creates a second, 32 threads, one owner"),
    report("ns.list", "list, ns a row"),
    report("ns.list.all", "list of all owners with a filter that keeps 1 %, ns a row"),
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

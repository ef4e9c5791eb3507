#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The library's zone rules beside Python's: zone_rules.py PROGRAM

Every zone of the system, some days each: PROGRAM (zone_days.c) says when the day ends. Python's zoneinfo knows offsets only, so
the end is searched here in another way than the library does it: at each offset that holds around midnight, and at each change.
"""
import datetime
import subprocess
import sys
import zoneinfo

from tap import Tap

UTC = datetime.timezone.utc
HOUR = datetime.timedelta(hours=1)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
ZONES_MIN = 400  # tzdata has some 600
# Far and near, both seasons, both ends of the file's own changes; and days that some zone cut, doubled or left out.
DAYS = [datetime.date(*day) for day in (
    (1970, 1, 2), (1971, 10, 30), (1972, 1, 6), (1979, 12, 31), (1987, 7, 4), (1994, 12, 30), (1999, 12, 31), (2008, 2, 29),
    (2010, 11, 6), (2011, 12, 29), (2011, 12, 30), (2017, 10, 14), (2018, 2, 17), (2024, 11, 2), (2026, 3, 28), (2026, 3, 29),
    (2026, 7, 15), (2026, 10, 25), (2037, 12, 31), (2038, 1, 19), (2050, 7, 14), (2100, 2, 28), (2400, 2, 29), (9998, 7, 15),
    (9999, 12, 27))]


def change_between(zone, begin, end):
    """The first second at which another offset holds."""
    offset = begin.astimezone(zone).utcoffset()
    while end - begin > datetime.timedelta(seconds=1):
        middle = begin + datetime.timedelta(seconds=(end - begin).total_seconds() // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            begin = middle
        else:
            end = middle
    return end


def begin_of(zone, day):
    """The first instant whose local date is `day` or later."""
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=UTC)
    hours = [midnight + n * HOUR for n in range(-36, 37)]
    offsets = [at.astimezone(zone).utcoffset() for at in hours]
    candidates = [midnight - offset for offset in set(offsets)]
    candidates += [change_between(zone, hours[i], hours[i + 1]) for i in range(72) if offsets[i] != offsets[i + 1]]
    return min(at for at in candidates if at.astimezone(zone).date() >= day)


def due(name, day):
    zone = zoneinfo.ZoneInfo(name)
    end = begin_of(zone, day + datetime.timedelta(days=1))
    return f"{(end - EPOCH) // datetime.timedelta(milliseconds=1)} {end.astimezone(zone):%Y%m%d}"


def main():
    names = sorted(name for name in zoneinfo.available_timezones() if name not in ("localtime", "posixrules"))
    asked = [(name, day) for name in names for day in DAYS]
    told = subprocess.run([sys.argv[1]], input="".join(f"{name} {day:%Y%m%d}\n" for name, day in asked), text=True,
                          capture_output=True, check=True).stdout.splitlines()
    tap = Tap()
    tap.case(f"{len(names)} zones, {len(DAYS)} days each", [] if len(names) >= ZONES_MIN else [f"at least {ZONES_MIN} are due"])
    tap.case("one answer to every question", [] if len(told) == len(asked) else [f"{len(told)} of {len(asked)}"])
    tap.case("every day ends where Python says it does",
             [f"{name} {day}: {answer}, Python says {due(name, day)}" for (name, day), answer in zip(asked, told)
              if answer != due(name, day)])
    tap.finish()


main()

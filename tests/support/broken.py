#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A source file broken on purpose: broken.py IN OUT OLD NEW. Puts NEW in the one place of OLD; fails unless there is just one."""
import sys

source, out, old, new = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    text = file.read()
if text.count(old) != 1:
    sys.exit(f"{source}: {text.count(old)} times: {old}")
with open(out, "w", encoding="utf-8") as file:
    file.write(text.replace(old, new))

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A source file broken on purpose: broken.py IN OUT OLD NEW [OLD NEW]...

Puts each NEW in the one place of its OLD; fails unless there is just one.
"""
import sys

source, out, *changes = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    text = file.read()
for old, new in zip(changes[::2], changes[1::2], strict=True):
    if text.count(old) != 1:
        sys.exit(f"{source}: {text.count(old)} times: {old}")
    text = text.replace(old, new)
with open(out, "w", encoding="utf-8") as file:
    file.write(text)

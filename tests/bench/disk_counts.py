# SPDX-License-Identifier: MIT
"""What a durable commit of creates writes, in stores on a block device of their own where that can be had."""
import contextlib
import os
import shutil
import subprocess


OWNERS = 100
IMAGE_BYTES = 768 << 20
ON_LOOP = """
mount -o loop "$1" "$2"
"$3/bench-fill" "$2/place" "$4" "$5" without-floor
"$3/bench-commits" "$2/place" "$6" "/sys/dev/block/$(stat -c %Hd:%Ld "$2/place")/stat"
"""


def make_image(path):
    with open(path, "wb") as file:
        file.truncate(IMAGE_BYTES)
    lazy = "lazy_itable_init=0,lazy_journal_init=0"  # what it leaves for later would be counted
    subprocess.run(["mkfs.ext4", "-q", "-F", "-E", lazy, path], check=True)


def count_on_loop(bench, own, size):
    """With requests and flushes. The mount is the command's own and ends with it."""
    image, mounted = os.path.join(own, "image"), os.path.join(own, "mounted")
    make_image(image)
    os.mkdir(mounted)
    words = [image, mounted, bench.programs, size, OWNERS, bench.scale.commits]
    command = ["unshare", "--mount", "sh", "-ec", ON_LOOP, "sh", *map(str, words)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def count_here(bench, own, size):
    place = os.path.join(own, "place")
    subprocess.run([os.path.join(bench.programs, "bench-fill"), place, str(size), str(OWNERS), "without-floor"], check=True,
                   stdout=subprocess.DEVNULL)
    command = [os.path.join(bench.programs, "bench-commits"), place, str(bench.scale.commits)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def has_loop():
    """Loop devices that this user may mount."""
    tools = all(map(shutil.which, ("unshare", "mkfs.ext4", "mount")))
    return tools and os.geteuid() == 0 and os.path.exists("/dev/loop-control") and os.path.isdir("/dev/shm")


@contextlib.contextmanager
def folder(parent):
    path = os.path.join(parent, f"bench-commits-{os.getpid()}")
    os.makedirs(path)
    try:
        yield path
    finally:
        shutil.rmtree(path)


def count_once(bench, size, is_on_loop):
    with folder("/dev/shm" if is_on_loop else bench.stores) as own:
        return (count_on_loop if is_on_loop else count_here)(bench, own, size)


def choose(bench):
    """Can it be done on a loop device here?"""
    if not has_loop():
        return False
    try:
        count_once(bench, bench.scale.sizes[0], True)
    except (subprocess.CalledProcessError, OSError):
        return False  # a container may not mount
    return True


def count(bench):
    """Whether requests and flushes are counted too."""
    is_on_loop = choose(bench)
    values = {}
    for number in range(bench.scale.stores):
        bench.tell(f"commits, {number + 1} of {bench.scale.stores}")
        told = count_once(bench, bench.scale.sizes[len(bench.scale.sizes) // 2], is_on_loop)
        for words in (line.split("\t") for line in told.splitlines()):
            if words[0] == "figure":
                values.setdefault(words[1], []).append(float(words[2]))
    for name, each in values.items():
        bench.note(name, each)
    return is_on_loop

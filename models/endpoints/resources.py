"""Memory and processor cores that this process may use, within the limits of its control groups."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path("/")


def free_memory(root: Path = ROOT) -> int:
    """Bytes this process can still take without swapping. `root` is where /proc and /sys are found."""
    import psutil

    return max(0, min([psutil.virtual_memory().available, *_group_memory(root)]))


def usable_cores(root: Path = ROOT) -> int:
    """Physical cores in this process's affinity, at most as many as its control groups' quota; at least 1."""
    return max(1, int(min([_physical_cores(root), *_group_cores(root)])))


def _physical_cores(root: Path) -> int:
    if not hasattr(os, "sched_getaffinity"):
        import psutil

        return psutil.cpu_count(logical=False) or os.cpu_count() or 1
    cpus = os.sched_getaffinity(0)
    folder = root / "sys/devices/system/cpu"
    siblings = [_read(folder / f"cpu{cpu}/topology/thread_siblings_list") or cpu for cpu in cpus]
    return len(set(siblings))


def _group_memory(root: Path) -> Iterator[int]:
    for folder in _groups(root, "memory"):
        for most, used, reclaimable in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            limit, taken = _read(folder / most), _read(folder / used)
            if limit.isdigit() and taken.isdigit():
                yield int(limit) - int(taken) + _counted(folder / "memory.stat", reclaimable)


def _counted(stat: Path, key: str) -> int:
    counts = dict(line.split(" ", 1) for line in _read(stat).splitlines() if " " in line)
    return int(counts.get(key, "0"))


def _group_cores(root: Path) -> Iterator[float]:
    for folder in _groups(root, "cpu"):
        quota, _, period = _read(folder / "cpu.max").partition(" ")
        if not quota:
            quota, period = _read(folder / "cpu.cfs_quota_us"), _read(folder / "cpu.cfs_period_us")
        if quota.isdigit() and period.isdigit() and int(period):
            yield int(quota) / int(period)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of this process's control groups for a controller and of all groups around them."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        base = root / "sys/fs/cgroup" / (controller if controllers else "")
        group = Path(path.lstrip("/"))
        yield from dict.fromkeys([base / group, *(base / parent for parent in group.parents), base])


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""  # no such limit on this machine

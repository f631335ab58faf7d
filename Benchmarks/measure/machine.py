"""The machine that is measured on, and what processes take of it."""

import os


def describe():
    """One line: processor, cores, memory."""
    model = "unknown processor"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {os.cpu_count()} cores, {memory_gigabytes():.0f} GB; client, server and PostgreSQL share them"


def memory_gigabytes():
    with open("/proc/meminfo") as file:
        return int(file.readline().split()[1]) / 1e6


def resident_megabytes(process, peak=False):
    """The memory that a process holds now, or held at most."""
    field = "VmHWM:" if peak else "VmRSS:"
    with open(f"/proc/{process}/status") as file:
        for line in file:
            if line.startswith(field):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(process):
    """Processor time that a process has used."""
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

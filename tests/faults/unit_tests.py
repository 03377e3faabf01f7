"""What the unit tests inject, counted by running them."""

import re
import subprocess

import rig


def unit_tests(program, pattern):
    done = subprocess.run([rig.PROGRAMS / "tests" / program, f"--gtest_filter={pattern}"], capture_output=True,
                          text=True, timeout=600, check=False)
    ran = re.search(r"\[==========\] (\d+) tests? from .* ran", done.stdout)
    count = int(ran[1]) if ran else 0
    violations = re.findall(r"\[  FAILED  \] (\S+)", done.stdout)
    return count, violations or ([] if count and done.returncode == 0 else [f"{program}: no test ran"])


def damaged_spool(short):
    """spool: cut at every byte, every bit flipped, unsynced ranges dropped, each call failing (unit tests)"""
    return unit_tests("agent_spool_test", "*")


def failing_step_of_protocol(short):
    """protocol: a failure at every step of the conversation, either side (unit tests)"""
    left = unit_tests("agent_uplink_test", "*")
    right = unit_tests("collector_session_test", "*")
    return left[0] + right[0], left[1] + right[1]

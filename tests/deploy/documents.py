"""The commands of deploy/README.md, which tests run as they stand there.

A block of commands names where it is for: ```sh clone, in a clone of this repository; ```sh collector and ```sh host, on an
installed machine. A test asks for it by the heading above it; readme_test.py holds that none is left out.
"""

import re

from harness import SOURCE_ROOT

README = SOURCE_ROOT / "deploy" / "README.md"


def blocks():
    """(heading, where, commands) of each block, in order. What is fenced otherwise, or only indented, is where ''."""
    heading, fence, found = "", None, []
    for line in README.read_text().splitlines():
        if fence is not None:
            if line == "```":
                found.append((heading, *fence))
                fence = None
            else:
                fence[1] += f"{line}\n"
        elif line.startswith("```"):
            fence = [line.removeprefix("```sh ") if line.startswith("```sh ") else "", ""]
        elif line.startswith("    "):
            found.append((heading, "", line))
        elif title := re.match(r"##+ (.*)", line):
            heading = title[1]
    return found


def documented(heading):
    """(where, commands) of each block below that heading."""
    below = [(where, commands) for title, where, commands in blocks() if title == heading]
    assert below, f"{README} has no commands below '{heading}'"
    return below

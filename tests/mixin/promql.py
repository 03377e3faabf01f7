"""Reads PromQL as far as the checks of the mixin need it: which metrics an expression uses, and where."""

import re

TOKEN = re.compile(r"""
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<number>\$\w+|\d[\w.]*)            # a variable of Grafana stands for a number or duration
  | (?P<name>[A-Za-z_:][\w:]*)
  | (?P<other>\S)
""", re.VERBOSE)

GROUPING = frozenset(("by", "without", "on", "ignoring", "group_left", "group_right"))
WORDS = frozenset(("and", "or", "unless", "bool", "offset", "inf", "nan")) | GROUPING
# Counters are only to be seen through these.
COUNTING = frozenset(("rate", "increase"))


class Malformed(Exception):
    pass


def metrics(expression):
    """(name, innermost function around it) of every selector, in order."""
    tokens = [(match.lastgroup, match[0]) for match in TOKEN.finditer(expression)]
    found = []
    functions = []  # of the parentheses that are open
    place = 0

    def text(at):
        return tokens[at][1] if at < len(tokens) else ""

    def skip_to(closing):
        nonlocal place
        while text(place) != closing:
            if place >= len(tokens):
                raise Malformed(f"no {closing} in {expression!r}")
            place += 1

    while place < len(tokens):
        kind, token = tokens[place]
        if kind == "name" and token in GROUPING:
            if text(place + 1) == "(":
                skip_to(")")
        elif kind == "name" and text(place + 1) == "(":
            functions.append(token)
            place += 1
        elif kind == "name" and token not in WORDS and text(place + 1) not in GROUPING:
            found.append((token, functions[-1] if functions else ""))
        elif token == "{":
            skip_to("}")
        elif token == "[":
            skip_to("]")
        elif token == "(":
            functions.append(functions[-1] if functions else "")
        elif token == ")":
            if not functions:
                raise Malformed(f"a ) too many in {expression!r}")
            functions.pop()
        place += 1
    if functions:
        raise Malformed(f"a ) is missing in {expression!r}")
    return found


def naked_counters(expression):
    """Counters that are not under rate or increase."""
    return [name for name, function in metrics(expression)
            if name.endswith("_total") and ":" not in name and function not in COUNTING]

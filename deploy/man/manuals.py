#!/usr/bin/env python3
"""Writes manual pages and bash completions from what the programs themselves say.

  manuals.py program PROGRAM PROSE      a page of section 8: PROSE with the program's commands put in
  manuals.py configuration YAML NAME    a page of section 5: the commented example, key by key
  manuals.py completion PROGRAM         completion for bash

PROGRAM is asked with --help, and so is each of its commands: what it takes is told in one place, its source.
"""

import dataclasses
import os
import pathlib
import re
import subprocess
import sys


@dataclasses.dataclass
class Option:
    names: list
    value: str
    help: str


@dataclasses.dataclass
class Command:
    path: list  # of words, the program's name first
    help: str
    options: list = dataclasses.field(default_factory=list)
    arguments: list = dataclasses.field(default_factory=list)
    commands: list = dataclasses.field(default_factory=list)

    def all(self):
        yield self
        for command in self.commands:
            yield from command.all()


# ---- what a program says of itself, in CLI11's layout: two columns below headings

def read_help(text):
    """(heading, first column, second column) of each row."""
    rows, heading = [], ""
    for line in text.splitlines():
        if heading_found := re.fullmatch(r"(\w[\w ]*):", line):
            heading = heading_found[1]
        elif row := re.fullmatch(r"  (\S.*?)(?:\s{2,}(\S.*))?", line):
            rows.append([heading, row[1], row[2] or ""])
        elif rows and (more := re.fullmatch(r"\s{10,}(\S.*)", line)):
            rows[-1][2] = f"{rows[-1][2]} {more[1]}".strip()
    return rows


def option_of(first, help_text):
    names, _, value = first.partition(" ")
    return Option([name for name in names.split(",") if name], value.strip(), help_text)


def describe(program, path=(), help_text=""):
    words = [os.path.basename(program), *path]
    answer = subprocess.run([program, *path, "--help"], capture_output=True, text=True, timeout=60)
    if answer.returncode != 0:
        raise SystemExit(f"{' '.join(words)} --help failed with {answer.returncode}: {answer.stderr}")
    command = Command(words, help_text)
    for heading, first, second in read_help(answer.stdout):
        if heading == "Options":
            command.options.append(option_of(first, second))
        elif heading == "Positionals":
            command.arguments.append(option_of(first, second))
        elif heading == "Subcommands":
            command.commands.append(describe(program, (*path, first), second))
    return command


# ---- pages in man(7)

def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text[:1] in (".", "'") else text


def title(name, section, of):
    return f'.TH {name.upper()} {section} "" "sobriety" "{of}"\n.nh\n.ad l\n'


def synopsis(command):
    words = [f"\\fB{roff(' '.join(command.path))}\\fR"]
    words += [f"\\fI{roff(argument.names[0])}\\fR" for argument in command.arguments]
    if command.commands:
        words.append("\\fICOMMAND\\fR")
    if len(command.options) > 1:
        words.append("[\\fIOPTION\\fR]...")
    return " ".join(words)


def option_entry(option):
    names = ", ".join(f"\\fB{roff(name)}\\fR" for name in option.names)
    value = f" \\fI{roff(option.value)}\\fR" if option.value else ""
    return f".TP\n{names}{value}\n{roff(option.help) or roff('(no more to say)')}\n"


def common_options(commands):
    """Options that several commands have, which are told once."""
    seen = {}
    for command in commands:
        for option in command.options:
            seen.setdefault((tuple(option.names), option.help), []).append(command)
    return [key for key, of in seen.items() if len(of) > 1]


def commands_text(program):
    leaves = [command for command in program.all() if not command.commands and command is not program]
    common = common_options(leaves)
    text = ".SH COMMANDS\n"
    for command in leaves:
        text += f".SS {synopsis(command)}\n{roff(command.help)}\n"
        for option in command.arguments + command.options:
            if (tuple(option.names), option.help) not in common:
                text += option_entry(option)
    text += ".SH OPTIONS\nOf the program itself:\n" + "".join(map(option_entry, program.options))
    text += ".PP\nOf several commands, whose\n.B \\-\\-help\nlists what each takes:\n"
    by_key = {(tuple(option.names), option.help): option for command in leaves for option in command.options}
    return text + "".join(option_entry(by_key[key]) for key in common if "--help" not in key[0])


def program_page(program, prose):
    name = os.path.basename(program)
    described = describe(program)
    text = pathlib.Path(prose).read_text()
    return title(name, 8, "System Administration") + text.replace("@COMMANDS@\n", commands_text(described))


# ---- a commented example: what each comment stands above

def read_example(text):
    """The words at the top, and (key path, value or None, words) of each key."""
    top, keys, words, path = [], [], [], []
    for line in text.splitlines():
        body = line.strip()
        if body.startswith("#"):
            words.append(body.lstrip("#").strip())
        elif not body:
            if not keys and not top:
                top = words
            words = []
        elif found := re.match(r"( *)([\w.]+):\s*(.*)$", line):
            depth = len(found[1]) // 2
            path = [*path[:depth], found[2]]
            keys.append((".".join(path), found[3] or None, " ".join(words)))
            words = []
    return " ".join(top), keys


def configuration_page(example, name):
    top, keys = read_example(pathlib.Path(example).read_text())
    program = name.removesuffix(".yaml")
    text = title(name, 5, "File Formats")
    text += f".SH NAME\n{roff(name)} \\- configuration of {roff(program)}\n"
    text += f".SH DESCRIPTION\n{roff(top)}\n.PP\nThe package puts it into\n"
    text += f".IR {roff('/etc/sobriety/' + pathlib.Path(example).name)} .\n"
    text += "Keys below are written as a path: \\fBa.b\\fR is the key \\fBb\\fR in the section \\fBa\\fR.\n.SH KEYS\n"
    for key, value, words in keys:
        if value is None and not words:
            continue  # a section that needs no words of its own
        shown = f" (\\fB{roff(value)}\\fR)" if value else ""
        text += f".TP\n\\fB{roff(key)}\\fR{shown}\n{roff(words) or 'As it says.'}\n"
    return text + f".SH SEE ALSO\n.BR {roff(program)} (8)\n"


# ---- completion

def completion(program):
    described = describe(program)
    name = os.path.basename(program)
    function = "_" + name.replace("-", "_")
    cases, files = [], {"FILE"}
    for command in described.all():
        words = [word.path[-1] for word in command.commands]
        words += [option_name for option in command.options for option_name in option.names]
        cases.append(f"    '{' '.join(command.path[1:])}') words='{' '.join(words)}' ;;")
    # What may follow an option: a name of a few, or a file.
    values = {}
    for command in described.all():
        for option in command.options:
            if choices := re.search(r":\{([\w,.-]+)\}", option.value):
                values["|".join(option.names)] = choices[1].replace(",", " ")
    value_cases = [f"    {names}) COMPREPLY=($(compgen -W '{words}' -- \"$current\")); return ;;"
                   for names, words in sorted(values.items())]
    known = " ".join(sorted({" ".join(command.path[1:]) .replace(" ", "/") for command in described.all()} - {""}))
    return f"""# Completion of {name} for bash. Written by deploy/man/manuals.py from the program's own --help.
{function}() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD - 1]}} command='' word words='' i
  COMPREPLY=()
  case $before in
{chr(10).join(value_cases)}
    -*file*|-*path*|-*root*) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${{COMP_WORDS[i]}}
    case " {known} " in
      *" ${{command:+$command/}}$word "*) command=${{command:+$command/}}$word ;;
    esac
  done
  case ${{command//\\// }} in
{chr(10).join(cases)}
  esac
  if [[ $current == -* || $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); fi
  ((${{#COMPREPLY[@]}})) || COMPREPLY=($(compgen -f -- "$current"))
}}
complete -F {function} {name}
"""


def main(arguments):
    what = arguments[0] if arguments else ""
    if what == "program" and len(arguments) == 3:
        sys.stdout.write(program_page(*arguments[1:]))
    elif what == "configuration" and len(arguments) == 3:
        sys.stdout.write(configuration_page(*arguments[1:]))
    elif what == "completion" and len(arguments) == 2:
        sys.stdout.write(completion(arguments[1]))
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env python3
"""House checks: does the code keep the promises of docs/architecture.md?

usage: house.py ROOT [--check NAME]...     prints one line per breach, exits 1 when there is one
Each check is a function taking a House and yielding breaches "path:line: sentence"; CHECKS lists them.
"""
import os
import re
import sys

FILE_LINES, FUNCTION_LINES, LINE_COLUMNS = 600, 60, 120
BANNED_STEMS = ("util", "utils", "helper", "helpers", "common", "manager", "misc")
SKIPPED_FOLDERS = {"build", "out", "__pycache__", ".git", ".venv", ".cache", "node_modules"}
DATA = "\x01"  # stands for a character of a raw string
CODE_FOLDERS = ("src/", "include/", "tests/", "examples/", "bench/")
# Three capitals, a dash and a number that are no law of ours.
NOT_LAWS = {"LRP", "UTF", "SHA", "BSD", "MPL", "EPL", "ISO", "GPL", "MIT", "GNU", "CVE", "TCP", "ONN"}
C_HEADERS = {"unistd.h", "fcntl.h", "dirent.h", "signal.h", "errno.h", "stdint.h", "stddef.h", "stdlib.h", "string.h",
             "stdio.h", "time.h", "math.h", "fenv.h", "dlfcn.h", "immintrin.h", "pthread.h", "cpuid.h"}


class House:
    """The files of a repository, read once: path relative to the root -> text."""

    def __init__(self, root):
        self.root = root
        self.paths = []
        self.text = {}
        for folder, folders, names in os.walk(root):
            at_root = os.path.samefile(folder, root)
            folders[:] = [f for f in sorted(folders)
                          if f not in SKIPPED_FOLDERS and not (at_root and f.startswith("build"))
                          and (not f.startswith(".") or f == ".ci") and not os.path.islink(os.path.join(folder, f))]
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root)
                self.paths.append(path)
                self._read(path)

    def _read(self, path):
        full = os.path.join(self.root, path)
        if os.path.getsize(full) > 2_000_000:
            return
        with open(full, "rb") as stream:
            data = stream.read()
        if b"\0" not in data:
            self.text[path] = data.decode("utf-8", "replace")

    def matching(self, pattern):
        return [p for p in self.text if re.search(pattern, p)]

    def code(self, pattern=r"\.(cpp|hpp)$"):
        return [p for p in self.matching(pattern) if p.startswith(CODE_FOLDERS)]

    def lines(self, path):
        return self.text[path].splitlines()

    def block(self, path, name):
        """The lines of the fenced block ```name in a Markdown file; None when there is none."""
        found = re.search(r"^```" + name + r"\n(.*?)^```", self.text.get(path, ""), re.M | re.S)
        return found.group(1).splitlines() if found else None


def closure(direct):
    """room -> every room that can be reached along the arrows, itself too."""
    allowed = {}
    for room in direct:
        reached, waiting = set(), [room]
        while waiting:
            at = waiting.pop()
            if at not in reached:
                reached.add(at)
                waiting.extend(direct.get(at, ()))
        allowed[room] = reached
    return allowed


def arrows(house):
    """room -> rooms it may include; base is free for all but the oracle. None when the page lacks the block."""
    block = house.block("docs/architecture.md", "arrows")
    if block is None:
        return None
    direct = {"base": set()}
    for line in filter(str.strip, block):
        left, _, right = line.partition("->")
        for room in left.split():
            direct.setdefault(room, set()).update(right.split())
        for room in right.split():
            direct.setdefault(room, set())
    return {room: reached | ({"base"} if room != "oracle" else set()) for room, reached in closure(direct).items()}


def includes(house, path):
    for number, line in enumerate(house.lines(path), 1):
        found = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if found:
            yield number, found.group(1), found.group(2)


def room_of(path):
    parts = path.split("/")
    return parts[1] if path.startswith("src/") and len(parts) > 2 else None


def check_arrows(house):
    """Every include between rooms goes along an arrow."""
    allowed = arrows(house)
    if allowed is None:
        yield "docs/architecture.md:1: has no ```arrows block"
        return
    for path in house.code():
        room = room_of(path)
        if room is None:
            continue
        if room not in allowed:
            yield f"{path}:1: room '{room}' is not in the arrows of docs/architecture.md"
            continue
        for number, quote, target in includes(house, path):
            other = target.split("/")[0] if "/" in target else room
            if quote == '"' and other == "lrproof":
                if room not in ("job", "python"):
                    yield f"{path}:{number}: only job implements the public API, '{room}' includes {target}"
            elif quote == '"' and other not in allowed[room]:
                yield f"{path}:{number}: no arrow from '{room}' to '{other}' ({target})"


def library_rules(house):
    block = house.block("docs/architecture.md", "libraries")
    if block is None:
        return None
    rules = []
    for line in filter(str.strip, block):
        prefix, _, rooms = line.partition("->")
        rules.append((prefix.strip(), rooms.split()))
    return rules


def is_standard(header):
    return ("/" not in header and "." not in header) or header in C_HEADERS or header.startswith(("sys/", "bits/"))


def may_use(path, rooms):
    if "*" in rooms:
        return room_of(path) != "oracle"
    return any(path.startswith(f"src/{room}/") for room in rooms)


def check_libraries(house):
    """Third-party headers stop at the rooms docs/architecture.md gives them; the public API has none."""
    rules = library_rules(house)
    if rules is None:
        yield "docs/architecture.md:1: has no ```libraries block"
        return
    for path in house.matching(r"^(src|include)/.*\.(cpp|hpp)$"):
        for number, quote, header in includes(house, path):
            public = path.startswith("include/")
            if is_standard(header) or (quote == '"' and not public):
                continue
            if public:
                if not header.startswith("lrproof/"):
                    yield f"{path}:{number}: the public API includes {header}, which is not standard"
                continue
            fitting = [rooms for prefix, rooms in rules if header.startswith(prefix)]
            if not fitting:
                yield f"{path}:{number}: {header} is not standard and not in the libraries of docs/architecture.md"
            elif not any(may_use(path, rooms) for rooms in fitting):
                yield f"{path}:{number}: {header} stops at {' '.join(fitting[0])}"


def cmake_calls(text, name):
    """Argument words of every call name(...) of a CMake file, comments removed."""
    bare = re.sub(r"#[^\n]*", "", text)
    return [call.split() for call in re.findall(r"\b" + name + r"\s*\(([^)]*)\)", bare)]


def linked_rooms(house):
    """room -> rooms its target names in ROOMS (several calls add up)."""
    linked = {}
    for path in house.matching(r"^src/.*CMakeLists\.txt$"):
        for words in cmake_calls(house.text[path], "lrproof_room"):
            rooms, section = linked.setdefault(words[0], set()), None
            for word in words[1:]:
                if word in ("SOURCES", "ROOMS", "LIBRARIES"):
                    section = word
                elif section == "ROOMS":
                    rooms.add(word)
    return linked


def check_targets(house):
    """A room's CMake target links the rooms it includes, and only rooms an arrow allows."""
    allowed, linked = arrows(house) or {}, linked_rooms(house)
    reach = closure(linked)
    for room, rooms in sorted(linked.items()):
        for other in sorted(rooms - allowed.get(room, set())):
            yield f"src/{room}/CMakeLists.txt:1: no arrow from '{room}' to '{other}'"
    for path in house.code():
        room = room_of(path)
        if room not in linked:
            continue
        for number, quote, target in includes(house, path):
            other = target.split("/")[0]
            if quote == '"' and "/" in target and other != "lrproof" and other not in reach[room]:
                yield f"{path}:{number}: includes {target}, but the target lrproof_{room} does not link '{other}'"


def check_sources(house):
    """Every source file is named by a CMake file; none is found by globbing."""
    cmake = {p: house.text[p] for p in house.matching(r"(CMakeLists\.txt|\.cmake)$")}
    for path, text in cmake.items():
        for words in cmake_calls(text, "file"):
            if words and words[0].startswith("GLOB") and any(re.search(r"\*.*\.(c|h)[a-z]*\"?$", w) for w in words):
                yield f"{path}:1: sources are listed by name, not by file({words[0]})"
    for path in house.matching(r"^(src|tests/unit|tests/fuzz)/.*\.cpp$"):
        folder = os.path.dirname(path)
        named = False
        while folder and not named:
            text = cmake.get(folder + "/CMakeLists.txt", "")
            named = bool(re.search(r"(?<![\w.-])" + re.escape(os.path.relpath(path, folder)) + r"(?![\w.-])", text))
            folder = os.path.dirname(folder)
        fuzzer = f"lrproof_fuzzer({os.path.basename(path).removesuffix('_fuzz.cpp')} "
        if not named and not any(path in text or fuzzer in text for text in cmake.values()):
            yield f"{path}:1: no CMakeLists.txt lists it"


def blank(text):
    """The text with comments, strings, character constants and preprocessor lines blanked; line breaks stay. Raw
    strings become DATA, so that functions() can tell lines of data from lines of code."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\s]*)\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'|^[ \t]*\#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)
    return pattern.sub(lambda m: re.sub(r"[^\n]", DATA if m.group(0).startswith("R") else " ", m.group(0)), text)


SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b(?![^<]*>\s*\w+\s*\()[^;()]*$")


def functions(text):
    """(first line, last line, lines of data among them) of the functions at namespace or class level."""
    clean = blank(text)
    lines, open_braces, outer, header_at, parentheses = clean.split("\n"), [], True, 0, 0
    for found in re.finditer(r"[{}();]", clean):
        at, char = found.start(), found.group()
        if char in "()":
            parentheses += 1 if char == "(" else -1
        elif parentheses:  # lambdas and default arguments within a function's head
            continue
        elif char == "{":
            header = clean[header_at:at].strip()
            is_scope = SCOPE.search(header)
            is_function = outer and "(" in header and not is_scope and not header.endswith(("=", ","))
            first = clean.count("\n", 0, clean.index(header, header_at)) if is_function else None
            open_braces.append((outer, first))
            outer, header_at = outer and bool(is_scope), at + 1
        elif char == "}" and open_braces:
            outer, first = open_braces.pop()
            if first is not None:
                last = clean.count("\n", 0, at)
                yield first + 1, last + 1, sum(set(line) == {DATA} for line in lines[first:last])
            header_at = at + 1
        elif char == ";":
            header_at = at + 1


def check_sizes(house):
    """Files, functions and lines keep their limits."""
    for path in house.code():
        lines = house.lines(path)
        if len(lines) > FILE_LINES:
            yield f"{path}:{FILE_LINES}: {len(lines)} lines; {FILE_LINES} at most"
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_COLUMNS:
                yield f"{path}:{number}: {len(line)} columns; {LINE_COLUMNS} at most"
        for first, last, data in functions(house.text[path]):
            if (length := last - first + 1 - data) > FUNCTION_LINES:
                yield f"{path}:{first}: a function of {length} lines; {FUNCTION_LINES} at most"


def check_manners(house):
    """Names, headers and the few things nobody may do."""
    for path in house.code(r"\.(cpp|hpp|h|cc)$"):
        stem = os.path.basename(path).split(".")[0]
        if stem in BANNED_STEMS or any(part in BANNED_STEMS for part in stem.split("_")):
            yield f"{path}:1: '{stem}' says nothing; name the file by a word of the domain"
        if not re.fullmatch(r"[a-z][a-z0-9_]*\.(cpp|hpp)", os.path.basename(path)):
            yield f"{path}:1: file names are snake_case and end in .cpp or .hpp"
        header = path.endswith(".hpp")
        clean = blank(house.text[path])
        if header and "#pragma once" not in house.lines(path)[:1]:
            yield f"{path}:1: a header begins with #pragma once"
        for number, line in enumerate(clean.splitlines(), 1):
            if re.search(r"\bthread_local\b", line):
                yield f"{path}:{number}: thread_local"
            if header and re.match(r"\s{0,2}using\s+namespace\b", line):
                yield f"{path}:{number}: using namespace in a header"


def reached_files(house, path, seen):
    """The file and all of ours that it includes, directly or not."""
    if path in house.text and path not in seen:
        seen.add(path)
        for _, quote, target in includes(house, path):
            if quote == '"':
                for folder in ("src", "include", os.path.dirname(path)):
                    reached_files(house, f"{folder}/{target}", seen)
    return seen


def check_portable(house):
    """Fixed-width integers come from <cstdint>: newer libraries no longer bring it along with <string>."""
    for path in house.code():
        if re.search(r"\bu?int(8|16|32|64)_t\b", blank(house.text[path])):
            if not any("#include <cstdint>" in house.text[file] for file in reached_files(house, path, set())):
                yield f"{path}:1: uses fixed-width integers without <cstdint>"


def check_leftovers(house):
    """No notes to self and no paths of one machine."""
    notes = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
    machine = re.compile(r"(?<![\w.~$}])/(work|tmp|home|root|mnt)/")
    for path in house.matching(r"^(src|include|tests|examples|bench|docs|scripts|cmake|rules|\.ci)/|^[^/]+$"):
        for number, line in enumerate(house.lines(path), 1):
            if notes.search(line):
                yield f"{path}:{number}: a note to self; do it or say what is not supported"
            if machine.search(line):
                yield f"{path}:{number}: a path of one machine"


def check_laws(house):
    """Every law id cited anywhere stands in docs/laws.md."""
    if "docs/laws.md" not in house.text:
        yield "docs/laws.md:1: missing"
        return
    known = set(re.findall(r"^#+ ([A-Z]{3}-\d+)\b", house.text["docs/laws.md"], re.M))
    folders = r"^(src|include|tests|docs|rules|examples)/.*\.(cpp|hpp|md|toml|case|txt|json)$"
    for path in house.matching(folders + r"|^[^/]+\.md$"):
        for number, line in enumerate(house.lines(path), 1):
            for law in re.findall(r"(?<![\w-])([A-Z]{3}-\d+)\b", line):
                if law not in known and law[:3] not in NOT_LAWS:
                    yield f"{path}:{number}: {law} is no law of docs/laws.md"


def check_links(house):
    """Relative links of Markdown files lead somewhere."""
    for path in house.matching(r"\.md$"):
        fenced = False
        for number, line in enumerate(house.lines(path), 1):
            fenced ^= line.lstrip().startswith("```")
            for target in [] if fenced else re.findall(r"\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)", line):
                if re.match(r"[a-z]+:|#", target):
                    continue
                file = os.path.normpath(os.path.join(os.path.dirname(path), target.split("#")[0]))
                if not os.path.exists(os.path.join(house.root, file)):
                    yield f"{path}:{number}: link to {target}, which is not there"


CHECKS = {
    "arrows": check_arrows,
    "libraries": check_libraries,
    "targets": check_targets,
    "sources": check_sources,
    "sizes": check_sizes,
    "manners": check_manners,
    "portable": check_portable,
    "leftovers": check_leftovers,
    "laws": check_laws,
    "links": check_links,
}


def main(arguments):
    if not arguments:
        sys.exit(__doc__)
    asked = [b for a, b in zip(arguments[1:], arguments[2:]) if a == "--check"] or list(CHECKS)
    house = House(arguments[0])
    breaches = [(name, breach) for name in asked for breach in CHECKS[name](house)]
    for name, breach in breaches:
        print(f"{breach} [{name}]")
    print(f"house: {len(asked)} checks, {len(house.code())} source files, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

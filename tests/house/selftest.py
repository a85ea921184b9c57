#!/usr/bin/env python3
"""Can each house check fail? A tiny sound house passes all checks; each breach below is seen by its check."""
import os
import sys
import tempfile

import house

SOUND = {
    "docs/architecture.md": "```arrows\nnum -> base\nnet -> num\noracle ->\n```\n```libraries\ngmp -> num\nfmt/ -> *\n"
                            "z3 -> net/smt\n```\nSee [laws](laws.md).\n",
    "docs/laws.md": "# Laws\n\n### NET-1 A law\n",
    "src/base/CMakeLists.txt": "lrproof_room(base SOURCES word.cpp)\n",
    "src/base/word.hpp": "#pragma once\nnamespace b {\nint word();\n}\n",
    "src/base/word.cpp": '#include "base/word.hpp"\nnamespace b {\nint word() {\n  return 1;\n}\n}\n',
    "src/num/CMakeLists.txt": "lrproof_room(num SOURCES number.cpp ROOMS base)\n",
    "src/num/number.cpp": '#include <gmp.h>\n\n#include "base/word.hpp"\n// NET-1, UTF-8\n',
    "src/net/CMakeLists.txt": "lrproof_room(net SOURCES graph.cpp\n  smt/ask.cpp ROOMS num)\n",
    "src/net/graph.cpp": '#include <fmt/format.h>\n\n#include "base/word.hpp"\n',
    "src/net/smt/ask.cpp": "#include <z3++.h>\n",
    "src/oracle/CMakeLists.txt": "lrproof_room(oracle SOURCES own.cpp)\n",
    "src/oracle/own.cpp": "#include <vector>\n",
    "include/lrproof/version.hpp": "#pragma once\n#include <string>\n",
}

LONG_FUNCTION = "namespace b {\nint f(int a) {\n" + "  a += 1;\n" * 70 + "  return a;\n}\n}  // namespace b\n"
DEFAULTED = LONG_FUNCTION.replace("f(int a)", "f(int a = {}, int b = g([] { return 1; }))")
METHOD = "struct S {\n  S(int a) : a_{a}, b_(a) {\n" + "    a_ += 1;\n" * 70 + "  }\n  int a_, b_;\n};\n"
SHORT_ONES = "struct S {\n" + "".join(f"  int f{i}() {{\n    return {i};\n  }}\n" for i in range(40)) + "};\n"

# (check that must see it, file, its new text; None removes the file)
BREACHES = [
    ("arrows", "src/base/word.cpp", '#include "num/number.hpp"\n'),
    ("arrows", "src/oracle/own.cpp", '#include "base/word.hpp"\n'),
    ("arrows", "src/net/graph.cpp", '#include "lrproof/version.hpp"\n'),
    ("arrows", "docs/architecture.md", "```libraries\ngmp -> num\nfmt/ -> *\nz3 -> net/smt\n```\n"),
    ("libraries", "src/net/graph.cpp", "#include <gmp.h>\n"),
    ("libraries", "src/net/graph.cpp", "#include <z3++.h>\n"),
    ("libraries", "src/oracle/own.cpp", "#include <fmt/format.h>\n"),
    ("libraries", "src/num/number.cpp", "#include <surprise/all.hpp>\n"),
    ("libraries", "include/lrproof/version.hpp", "#pragma once\n#include <gmp.h>\n"),
    ("targets", "src/net/CMakeLists.txt", "lrproof_room(net SOURCES graph.cpp smt/ask.cpp)\n"),
    ("targets", "src/num/CMakeLists.txt", "lrproof_room(num SOURCES number.cpp ROOMS base net)\n"),
    ("sources", "src/num/forgotten.cpp", "int x;\n"),
    ("sources", "src/num/CMakeLists.txt", "file(GLOB all *.cpp)\nlrproof_room(num SOURCES number.cpp ROOMS base)\n"),
    ("sizes", "src/base/word.cpp", LONG_FUNCTION),
    ("sizes", "src/base/word.cpp", METHOD),
    ("sizes", "src/base/word.cpp", DEFAULTED),
    ("sizes", "src/base/word.cpp", "int a;\n" * 601),
    ("sizes", "src/base/word.cpp", "// " + "a" * 120 + "\n"),
    ("manners", "src/base/word.hpp", "int word();\n"),
    ("manners", "src/base/string_utils.hpp", "#pragma once\n"),
    ("manners", "src/base/word.cpp", "thread_local int x;\n"),
    ("manners", "src/base/word.hpp", "#pragma once\nusing namespace std;\n"),
    ("manners", "src/base/Word.hpp", "#pragma once\n"),
    ("portable", "src/base/word.cpp", "#include <string>\nstd::int64_t x;\n"),
    ("leftovers", "src/base/word.cpp", "// TO" + "DO later\n"),
    ("leftovers", "docs/page.md", "Look into /wo" + "rk/main.\n"),
    ("laws", "src/num/number.cpp", "// NET-2\n"),
    ("laws", "docs/laws.md", None),
    ("links", "docs/page.md", "See [that](nowhere.md).\n"),
]


def seen(files):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as stream:
                stream.write(text)
        made = house.House(root)
        return {name: found for name, check in house.CHECKS.items() if (found := list(check(made)))}


def expectations():
    yield "the sound house", {}, seen(SOUND)
    wide = {"src/base/word.hpp": "#pragma once\n#include <cstdint>\n",
            "src/base/word.cpp": '#include "base/word.hpp"\nstd::int64_t x;\n'}
    yield "integers through a header", {}, seen({**SOUND, **wide})
    table = 'namespace b {\nint f() {\n  return g(R"(' + "a line { of data\n" * 70 + ')");\n}\n}  // namespace b\n'
    yield "a table of text", {}, seen({**SOUND, "src/base/word.cpp": table})
    yield "many short functions", {}, seen({**SOUND, "src/base/word.cpp": SHORT_ONES})
    for name, path, text in BREACHES:
        files = {**SOUND, path: text}
        if text is None:
            del files[path]
        yield f"{path} against {name}", {name}, seen(files)


def main():
    failures, count = 0, 0
    for title, expected, found in expectations():
        count += 1
        # Other checks may see a breach too: a missing laws.md also breaks the link to it.
        if not (set(expected) <= set(found)) or (not expected and found):
            failures += 1
            print(f"selftest: {title}: expected {sorted(expected)}, found {found}")
    print(f"selftest: {count} houses, {failures} surprises")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

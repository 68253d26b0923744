"""Checks the text of the documents: their examples' form, links, headings and length. Arguments name pages to check only those."""

import pathlib
import re
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What a `console` block may run. These are not played, so a command that can be played does not belong there.
CONSOLE = re.compile(r"(\w+=\S* )*(aws|sam|pip|npm|npx|git|cd|cargo|docker|python3|infra/(examples|operators|ci|migrate)/[\w/-]+\.sh|\.ci/run)( |$)")
# The blocks that infra/ci/docs.sh plays.
PLAYED = ("sh", "sh operator")
CURL = re.compile(r"(^|[\s$(|;&`])curl( |$)")
README_LINES = 200
faults = []


def fault(page, line, text):
    faults.append(f"{page.relative_to(ROOT)}:{line}: {text}")


def read(page):
    """The page's lines outside of its fenced blocks, as (number, line), and the blocks, as (language, number of the first
    line, lines)."""
    text, blocks, block = [], [], None
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        fence = re.match(r"\s*```(.*)", line)
        if fence and block is None:
            if line != line.lstrip():
                fault(page, number, "an indented block is not played")
            block = (fence[1].strip(), number + 1, [])
        elif fence:
            blocks.append(block)
            block = None
        elif block is not None:
            block[2].append(line)
        else:
            text.append((number, line))
    if block is not None:
        fault(page, block[1] - 1, "this block has no end")
    return text, blocks


def headings(text):
    """The anchors that GitHub generates for the headings."""
    anchors = []
    for _, line in text:
        heading = re.match(r"#{1,6} +(.*?)[ #]*$", line)
        if heading:
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
            anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            again = anchors.count(anchor)
            anchors.append(f"{anchor}-{again}" if again else anchor)
    return anchors


def links(text):
    """The targets of the page's links and pictures, as (number, target)."""
    for number, line in text:
        line = re.sub(r"`[^`]*`", "``", line)
        for target in re.findall(r"\]\(([^()\s]+)[^()]*\)|^\[[^\]]+\]: *(\S+)|(?:href|src)=\"([^\"]+)\"", line):
            yield number, next(filter(None, target))


def check_links(page, text):
    for number, target in links(text):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, anchor = urllib.parse.unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if path.startswith("/") or not file.is_relative_to(ROOT) or not file.exists():
            fault(page, number, f"there is no {target}")
        elif anchor and (file.suffix != ".md" or anchor not in headings(read(file)[0])):
            fault(page, number, f"there is no heading for {target}")


def check_blocks(page, blocks):
    for language, first, lines in blocks:
        if page != ROOT / "README.md" and language in PLAYED and any(line.startswith("cargo ") for line in lines):
            fault(page, first, "cargo belongs into a console block")
        if language not in PLAYED:
            if re.match(r"sh\b|bash|shell", language):
                fault(page, first - 1, f"this block is not played: {language}")
            for number, line in enumerate(lines, first):
                if CURL.search(line):
                    fault(page, number, "curl belongs into an sh block, which is played")
        if language == "console":
            continues = False
            for number, line in enumerate(lines, first):
                if line and not line.startswith("#") and not continues and not CONSOLE.match(line):
                    fault(page, number, f"this does not belong into a console block: {line}")
                continues = line.endswith("\\")


def check(page, is_played):
    text, blocks = read(page)
    check_links(page, text)
    if not is_played:
        return
    check_blocks(page, blocks)
    if not headings(text):
        fault(page, 1, "it has no heading")
    length = len(page.read_text("utf-8").splitlines())
    if page == ROOT / "README.md" and length > README_LINES:
        fault(page, length, f"it has more than {README_LINES} lines")


def main():
    played = {ROOT / "README.md", *ROOT.glob("docs/**/*.md")}
    others = {ROOT / "SECURITY.md", ROOT / "tests/README.md", ROOT / "infra/bench/README.md", *ROOT.glob("infra/decisions/*.md"), *ROOT.glob("infra/examples/**/README.md")}
    named = {pathlib.Path(page).resolve() for page in sys.argv[1:]}
    pages = named or {page for page in played | others if "node_modules" not in page.parts}
    for page in sorted(pages):
        if page.exists():
            check(page, page not in others)
        else:
            faults.append(f"there is no {page}")
    if faults:
        sys.exit("\n".join(faults))
    print(f"the text of {len(pages)} documents is valid")


main()

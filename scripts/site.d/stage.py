"""Copy the pages of the site into one folder: docs/, the other pages of the repository, and the examples as pages."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
OTHERS = {
    "SECURITY.md": "vulnerabilities.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/RESULTS.md": "benchmarks.md",
    "examples/association/README.md": "examples/association.md",
    "examples/mistakes/README.md": "examples/mistakes.md",
}
"""The pages of the site that are not in docs/, by their place in the repository."""
FOLDERS = {"examples/association": "examples/association.md", "examples/mistakes": "examples/mistakes.md"}
LINK = re.compile(r"(!?\[[^\]]*\])\(([^)#\s]+)(#[^)\s]*)?\)")
LANGUAGES = {".yaml": "yaml", ".html": "html", ".md": "markdown"}


def main() -> None:
    """Write the pages and the settings of the site."""
    target = Path(sys.argv[1])
    pages = target / "pages"
    shutil.copytree(ROOT / "docs", pages)
    for path in (ROOT / "docs").rglob("*.md"):
        write(pages / path.relative_to(ROOT / "docs"), with_links(path.read_text(encoding="utf-8"), path))
    for source, name in OTHERS.items():
        path = ROOT / source
        text = with_links(path.read_text(encoding="utf-8"), path)
        write(pages / name, text + "".join(files_of(path.parent)) if name.startswith("examples/") else text)
    (pages / "assets").mkdir()
    shutil.copy(ROOT / ".tools/node_modules/iframe-worker/shim/index.js", pages / "assets/iframe-worker.js")
    shutil.copy(ROOT / "scripts/site.d/zensical.toml", target)


def write(path: Path, text: str) -> None:
    """Write a page; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def with_links(text: str, page: Path) -> str:
    """Return a page whose links lead to the pages of the site. A link to another file becomes its name."""

    def replace(match: re.Match[str]) -> str:
        label, target, anchor = match[1], match[2], match[3] or ""
        if "://" in target or label.startswith("!"):
            return match[0]
        name = place((page.parent / target).resolve().relative_to(ROOT).as_posix())
        return f"{label}({up(page)}{name}{anchor})" if name else label.strip("[]")

    return LINK.sub(replace, text)


def place(file: str) -> str:
    """Return the page of the site that shows a file or a folder of the repository; empty if none does."""
    if file.startswith("examples/") and file not in OTHERS and file not in FOLDERS:
        project, _, inner = file.removeprefix("examples/").partition("/")
        return f"examples/{project}.md#{anchor_of(inner)}" if (ROOT / file).is_file() else f"examples/{project}.md"
    if file.startswith("docs/"):
        return file.removeprefix("docs/")
    return OTHERS.get(file) or FOLDERS.get(file, "")


def up(page: Path) -> str:
    """Return the way from a page to the top folder of the site."""
    source = page.relative_to(ROOT).as_posix()
    return "../" * place(source).count("/")


def anchor_of(inner: str) -> str:
    """Return the anchor of a heading that is the name of a file."""
    return re.sub(r"[^\w -]", "", inner.lower()).replace(" ", "-")


def files_of(project: Path) -> Iterator[str]:
    """Yield a section for each file of an example."""
    yield "\n## The files\n"
    for path in sorted(project.rglob("*")):
        inner = path.relative_to(project)
        if (
            path.suffix in LANGUAGES
            and path.name != "README.md"
            and not any(part.startswith(".") for part in inner.parts)
        ):
            text = path.read_text(encoding="utf-8").rstrip("\n")
            yield f"\n### {inner.as_posix()}\n\n~~~~{LANGUAGES[path.suffix]}\n{text}\n~~~~\n"


if __name__ == "__main__":
    main()

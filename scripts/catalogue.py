"""Bring translations/en up to date with the texts in code and templates: `python -m scripts.catalogue`.

Chinese is the message id. New texts come in untranslated, and a test fails until they have their English.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"
KEYWORDS = ("_l", "lazy_gettext", "lazy_ngettext:1,2", "msgid", "Refused:2", "Conflict:2", "FlagshipUnreachable:2", "NeedsAuthorisation:2", "Kind:2,3",
            "SettingsField:2", "RowError:4", "ResultError:4", "UnreadableItem:4", "NotDelivered:2")
"""Besides gettext's own: where the core says a sentence that the edge translates."""


def extract(target: Path) -> None:
    """Every text of code and templates into a .pot file."""
    keywords = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    subprocess.run([Path(sys.executable).with_name("pybabel"), "-q", "extract", "-F", "babel.cfg", *keywords, "--no-location", "--no-wrap",
                    "--sort-output", "--project", "Yundian", "-o", target, "."], cwd=ROOT, check=True)


def main() -> int:
    with TemporaryDirectory() as folder:
        template = Path(folder) / "messages.pot"
        extract(template)
        return subprocess.run([Path(sys.executable).with_name("pybabel"), "-q", "update", "-i", template, "-o", CATALOGUE, "-l", "en", "--no-fuzzy-matching",
                               "--no-wrap", "--ignore-obsolete"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

"""A plan of sixty changes in the example association, with four that a reader must not miss.

The four: a status reason is deleted that is still used; the run that drops members is switched off; a link in a mail
leads to another site; a price was changed in the files and in the tenant. Eighteen letters change in the same way.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from rhythmconf.settings import Dialect
from tests.support.emulated import whole_catalog
from tests.support.emulator_transport import open_embedded
from tests.support.git import commit_all, git
from tests.support.process import EXAMPLES, run_in_process
from tests.support.tenants import Tenant

HARBORS = (
    *("Aberdeen", "Antwerp", "Bergen", "Bilbao", "Cork", "Gdansk", "Genoa", "Gothenburg", "Hamburg", "Le Havre"),
    *("Leith", "Lisbon", "Marseille", "Piraeus", "Riga", "Rotterdam", "Tallinn", "Valencia"),
)
ACTIVITIES = (
    *("Webinar", "Conference talk", "Site visit", "Journal article", "Mentoring", "Book chapter", "Exam invigilation"),
    *("Safety drill", "Podcast", "Committee work", "Peer review", "Simulator day", "First aid course", "Study group"),
    *("Translation", "Language course"),
)
NEW = (
    *("Dock walk", "Drone survey", "Night audit", "Pilot ride", "Tug ride", "Rope course", "Radar course", "Tank tour"),
    "Ice course",
)
UNUSED = ("Moved abroad", "Left the profession", "Duplicate entry", "Paper file lost")
BY_HAND = ("Deceased", "Honorary")
LETTER = """\
<p>Dear colleague in {harbor},</p>
<p>the registrar visits your harbor once a year. Please bring your certificate.</p>
<p>The registry, Harbor Institute, 12 Quay Street, Portside</p>
"""


def make_sixty(folder: Path) -> None:
    """Make the project, apply its first state, change the tenant by hand, and then edit the files."""
    shutil.copytree(EXAMPLES / "association", folder, ignore=shutil.ignore_patterns(".rhythmconf"))
    (folder / ".gitignore").write_text(".rhythmconf/\n")
    _write_first_state(folder / "config")
    git(folder, "init", "-q", "-b", "main")
    commit_all(folder, "The first state")
    applied = run_in_process(folder, "apply", "--auto-approve", "--quiet")
    assert applied.code == 0, applied.stdout + applied.stderr
    _change_by_hand(folder)
    _edit_files(folder / "config")
    commit_all(folder, "Sixty changes")


def _write_first_state(config: Path) -> None:
    (config / "letters").mkdir()
    for harbor in HARBORS:
        (config / "letters" / f"{_key(harbor)}.html").write_text(LETTER.format(harbor=harbor))
    (config / "letters" / "letters.yaml").write_text("---\n".join(map(_letter, HARBORS)))
    (config / "old-reasons.yaml").write_text("---\n".join(map(_reason, UNUSED)))
    (config / "activities.yaml").write_text("---\n".join(map(_activity, ACTIVITIES)))


def _change_by_hand(folder: Path) -> None:
    """Change the tenant as its staff would: a price, a template with a reason, records that files take over."""
    catalog = whole_catalog()
    database = folder / ".rhythmconf" / "local.db"
    with Tenant(open_embedded(catalog, database, "hisp-local", Dialect()), catalog, "hisp-local") as tenant:
        tenant.patch("fee", tenant.named("fee", "Printed copy of a certificate")["id"], price=38)
        granted = tenant.named("statusReason", "Extension granted")["id"]
        options = {
            "program_restriction": "none",
            "restrict_status_reasons": True,
            "status_reason_ids": [granted],
            "expiration_date_range_start": {"position": "on", "relative_to": "the beginning of the year"},
            "expiration_date_range_end": {"position": "on", "relative_to": "the end of the year"},
        }
        board = {"name": "Forecast of the board", "is_active": True, "forecast_renewals": True}
        tenant.make("billingTemplate", {**board, "renewal_forecasting_options": options})
        for name in BY_HAND:
            tenant.make("statusReason", {"name": name, "applicable_statuses": ["inactive"], "is_active": True})


def _edit_files(config: Path) -> None:
    # What a reader must not miss.
    _edit(
        config / "status-reasons.yaml",
        r"(?s)---\n(?:#[^\n]*\n)?kind: statusReason\nkey: extension-granted.*?(?=---)",
        "",
    )
    _edit(config / "billing" / "forecasts.yaml", r"extension-granted, ", "")
    _edit(config / "billing" / "drops.yaml", r"(?s)(kind: recurringBillingRun.*?is_active: )true", r"\1false")
    _edit(config / "notices" / "mails" / "renewal-60.html", r"harborsafety\.example", "harborsafty.example")
    _edit(config / "applications" / "fees.yaml", "price: 35", "price: 40")
    for harbor in HARBORS:
        _edit(config / "letters" / f"{_key(harbor)}.html", "12 Quay Street", "3 Lighthouse Road")
    # The rest.
    (config / "old-reasons.yaml").write_text("---\n".join(map(_reason, BY_HAND)))
    _edit(config / "applications" / "fees.yaml", r"price: (45|27|180)([05])\b", r"price: \g<1>8")
    _edit(config / "membership" / "packages.yaml", r"price: (6|12|140)0\b", r"price: \g<1>6")
    for number, name in enumerate(ACTIVITIES):
        _edit(config / "activities.yaml", f"A {name.lower()}", f"A {name.lower()} of {number + 2} hours")
    with (config / "activities.yaml").open("a") as file:
        file.write("".join(f"---\n{_activity(name)}" for name in NEW))


def _edit(path: Path, pattern: str, replacement: str) -> None:
    text = path.read_text()
    edited = re.sub(pattern, replacement, text)
    assert edited != text, f"{pattern} is not in {path}"
    path.write_text(edited)


def _key(name: str) -> str:
    return name.lower().replace(" ", "-")


def _letter(harbor: str) -> str:
    key = _key(harbor)
    return (
        f"kind: notice\nkey: letter-{key}\nspec:\n  name: Letter to {harbor}\n  is_active: true\n"
        f"  email: {{from: registry@harborsafety.example, subject: The registrar visits {harbor}}}\n"
        f"files:\n  /email/body: {key}.html\n"
    )


def _reason(name: str) -> str:
    spec = f"  name: {name}\n  applicable_statuses: [inactive]\n  is_active: true\n"
    return f"kind: statusReason\nkey: {_key(name)}\nspec:\n{spec}"


def _activity(name: str) -> str:
    spec = f"  name: {name}\n  description: A {name.lower()}\n  display_order: 50\n  is_active: true\n"
    return f"kind: activityType\nkey: {_key(name)}\nspec:\n{spec}"

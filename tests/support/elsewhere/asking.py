"""Ask a tenant elsewhere with a command, and check what it was asked and what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.elsewhere.tenant import Elsewhere, Manner
from tests.support.process import run_in_process

MANNERS = (
    Manner(),
    Manner(shows_all=False),
    Manner(civil_dates=False, applications=False, lists="refused"),
    Manner(shows_all=False, civil_dates=False, full_pages=False, lists="refused"),
    Manner(full_pages=False, lists="refused"),
    Manner(shows_all=False, full_pages=False, applications=False, lists="refused"),
    Manner(shows_all=False, civil_dates=False, lists="envelope"),
    Manner(civil_dates=False, full_pages=False, lists="envelope"),
)
"""Eight tenants: fields, dates, pages, applications and lists, each in each of its ways."""
POSTS = {(segment, "search") for segment in ("certifications", "applications", "billingRuns")}
FIELDS = {
    *("id", "program_id", "status", "expiration_date", "do_not_drop", "status_reason_id", "forecasted_renewal_amount"),
    *("issuing_training_provider_id", "renewal_training_provider_id", "type", "training_provider_id"),
    *("training_provider_billing_status", "template_id", "run_date", "preprocessing_date", "scheduled_run_date"),
    *("certification_id", "application_id"),
}
"""What may be asked for. None of it names a person."""
FROM = ("--format", "json", "--from", "2026-12-01")


def check_requests(tenant: Elsewhere) -> None:
    """Nothing acted, and no field was asked for that names a person."""
    for asked in tenant.asked:
        assert asked.method == "GET" or (asked.method == "POST" and (asked.segment, asked.action) in POSTS), asked
    for asked in tenant.asked_for_members():
        [fields] = asked.query["fields" if asked.method == "GET" else "fieldsToReturn"]
        assert set(fields.split(",")) <= FIELDS, asked
        assert set(asked.body or ()) <= {"program_id", "status", "expiration_date", "template_id"}, asked


def check_words(text: str) -> None:
    """Nobody stands in a report: neither a name nor an id."""
    assert not [word for word in ("Holder", "Applicant", "@example.org", "cert-0", "app-0") if word in text]


def ask(folder: Path, tenant: Elsewhere, *command: str) -> Any:
    """Run a command that must succeed; return its JSON."""
    done = run_in_process(folder, *command, *FROM, env=tenant.env)
    assert done.code == 0, done.stderr
    check_requests(tenant)
    check_words(done.stdout + done.stderr)
    return done.json()

"""People read the titles of the schemas; what has none is called by its name in the API, as words."""

from __future__ import annotations

import pytest

from rhythmconf.catalog import load_shipped
from rhythmconf.model import FieldChange, FieldTitles, KindNames
from rhythmconf.model.kind_names import humanise
from rhythmconf.report.titles import extra_name, field_title, kind_title, record_name
from tests.support.reports import change

TEMPLATE = FieldTitles(
    "Billing template",
    {
        "is_active": FieldTitles("Runs"),
        "reminders": FieldTitles(
            "Reminders", items=FieldTitles("", {"email": FieldTitles("Email", {"subject": FieldTitles("Subject")})})
        ),
        "extra": FieldTitles("Extra", {"2": FieldTitles("Second")}),
    },
)
NAMES = KindNames(
    "billing", frozenset({"reason"}), {"billing/template": TEMPLATE, "club/reason": FieldTitles("Reason")}
)


@pytest.mark.parametrize("kind", ["template", "billing/template"])
@pytest.mark.parametrize(
    ("path", "items", "title"),
    [
        ("/is_active", (), "Runs"),
        ("/reminders/2/email/subject", ("60 days",), "Reminders › 60 days › Email › Subject"),
        ("/reminders/2", (), "Reminders › #3"),  # a plan file of an older version
        ("/reminders/2/drop_notice_id", ("a",), "Reminders › a › Drop notice"),
        ("/extra/2", (), "Extra › Second"),
        ("/unknown_things/0/id", (), "Unknown things › #1 › Id"),
        ("/a~1b", (), "A b"),
        ("no_pointer", (), "No pointer"),
    ],
)
def test_a_field_has_the_titles_on_its_path_and_the_names_of_list_items(
    kind: str, path: str, items: tuple[str, ...], title: str
) -> None:
    assert field_title(NAMES, kind, FieldChange(path, 1, 2, items=items)) == title


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("template", "Billing template"),
        ("club/reason", "Reason (club)"),
        ("billing/reason", "Reason (billing)"),
        ("club/idCard", "Id card (club)"),
        ("billing/appStatusReason", "App status reason"),
    ],
)
def test_a_kind_has_its_title_and_its_module_where_that_is_in_doubt(kind: str, title: str) -> None:
    assert kind_title(NAMES, kind) == title


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("notice_ids", "Notices"),
        ("status_ids", "Status"),
        ("id", "Id"),
        ("PDFUrl", "PDF url"),
        ("sys_has_files_in_s3", "Sys has files in s3"),
        ("…", "…"),
    ],
)
def test_a_name_without_title_is_written_as_words(name: str, words: str) -> None:
    assert humanise(name) == words


def test_a_record_has_its_name_and_without_one_that_of_its_key() -> None:
    made = change("notice/renewal-60", "update")
    assert record_name(made) == "renewal-60"
    assert [extra_name(made._replace(name=name)) for name in ("", "Renewal 60", "Other")] == ["", "", "Other"]
    assert record_name(made._replace(name="Renewal reminder, 60 days")) == "Renewal reminder, 60 days"
    assert record_name(made._replace(name="a\u202eb")) == repr("a\u202eb")
    assert len(record_name(made._replace(name="long " * 50))) <= 60


def test_a_name_comes_from_the_name_or_the_natural_key_of_a_record() -> None:
    catalog = load_shipped()
    field = catalog.kinds["platform/customField"]
    assert field.record_name({"service": "membership", "name": "Chapter"}) == "Chapter"
    assert field.record_name({"service": "membership", "name": " "}) == "membership"
    assert catalog.kinds["certifications/settings"].record_name({"id": "1"}) == ""

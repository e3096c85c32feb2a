"""What acts on members: notices, previews, certificates, new applications and billing runs.

rhythmconf calls none of it. Nothing is sent to anybody; `/_emulator/acts` lists what a tenant would have done.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import cast

from rhythmconf.model import Body, Json, decode
from rhythmconf.tenant.emulator.call import Call
from rhythmconf.tenant.emulator.http import Refusal, Response, Written, encode, read_json
from rhythmconf.tenant.emulator.members.days import populate, read_day
from rhythmconf.tenant.emulator.members.kinds import kind_named
from rhythmconf.tenant.emulator.members.names import CERTIFICATION
from rhythmconf.tenant.emulator.members.saving import read_all, save
from rhythmconf.tenant.emulator.writes import Write, perform

_OWNER_TYPES = ("contact", "organization")


def send_notice(call: Call) -> Response:
    """Note a notice to the holder of a certification, on the certification too; nothing is sent."""
    notice, id = call.path[1:]
    _read(call, "certifications/notice", notice)
    certification = _read(call, CERTIFICATION, id)
    sent: Json = [*_list(certification.get("notices")), {"date": _moment(call), "notice_id": notice}]
    changes = [{"op": "add", "path": "/notices", "value": sent}]
    if reason := call.request.query("new_status_reason_id"):
        changes.append({"op": "add", "path": "/status_reason_id", "value": reason})
    with call.store.transaction():
        perform(_json_values(call), Write("patch", id, cast("Json", changes)))
    call.record_act({"act": "sendNotice", "notice_id": notice, "certification_id": id})
    return Response(200, b"{}", writes=(Written("patch", call.kind.name, id, 200),))


def preview_email(call: Call) -> Response:
    """Note a mail to the address of the body; nothing is sent."""
    body = _required(call, "destination_email_address", "registration_id")
    call.record_act({"act": "previewEmail", "destination_email_address": body["destination_email_address"]})
    return Response(200, b"{}")


def preview_certificate(call: Call) -> Response:
    """Return the certificate of a certification as a template of the body has it."""
    body = _required(call, "certificate_template", "certification_id")
    record = _read(call, CERTIFICATION, str(body["certification_id"]))
    call.record_act({"act": "previewCertificate", "certification_id": record["id"]})
    return Response(200, encode(_certificate(record)))


def download_certificate(call: Call) -> Response:
    """Return the certificate of a certification."""
    record = _read(call, CERTIFICATION, call.path[1])
    call.record_act({"act": "downloadCertificate", "certification_id": record["id"]})
    return Response(200, encode(_certificate(record)))


def generate_order(call: Call) -> Response:
    """Note an order for a membership application. The reference shows the answer as an empty object."""
    body = read_json(call.request.body)
    if not isinstance(body, dict):
        raise Refusal(400, "an application is an object")
    call.record_act({"act": "generateOrder", "application_id": body.get("id")})
    return Response(200, b"{}")


def generate_membership_application(call: Call) -> Response:
    """Store a new membership application for a contact or an organization."""
    record = _generate(call, {"status": "not yet submitted", "type": "join"})
    return _generated(call, record, record)


def generate_application(call: Call) -> Response:
    """Store a new application for a certification; the program is that of the process."""
    process = _read(call, "certifications/applicationProcess", call.path[1])
    program = process.get("program_id")
    if not isinstance(program, str):
        raise Refusal(409, f"the process {call.path[1]} has no program")
    type = process.get("type")
    type = type if isinstance(type, str) else "certification"
    record = _generate(call, {"program_id": program, "status": "draft", "type": type})
    return _generated(call, record, {"application": record, "activities": [], "courses": [], "exams": []})


def generate_run(call: Call) -> Response:
    """Prepare a billing run from a template, with what it will do."""
    template_id, text = call.path[1:]
    template = _read(call, call.kind.name, template_id)
    day = read_day(text[:10])
    if call.options.simulation is None:
        raise Refusal(403, "this tenant makes no billing runs")
    populate(call.store, call.options.simulation, call.now)
    with call.store.transaction():
        outcome = call.options.simulation.prepare(lambda kind: read_all(call.store, kind), template, day, call.now)
        save(call.store, outcome.records, call.now)
    call.record_act({"act": "fromTemplate", "template_id": template_id, "reference_date": day.isoformat()})
    return Response(200, encode(outcome.runs[0]))


def _generate(call: Call, fields: Body) -> Body:
    process, owner_type, owner = call.path[1:]
    if owner_type not in _OWNER_TYPES:
        raise Refusal(400, f"the owner is a contact or an organization, not {owner_type!r}")
    body: Body = {
        "name": f"Applicant {owner}",
        "process_id": process,
        "owner_type": owner_type,
        "contact_id": owner,
        "date": _moment(call),
        **fields,
    }
    if owner_type == "organization":
        body["organization_id"] = owner
    with call.store.transaction():
        return perform(call, Write("create", payload=body))


def _generated(call: Call, record: Body, answer: Body) -> Response:
    call.record_act({"act": "generateApplication", "application_id": record["id"], "process_id": call.path[1]})
    return Response(200, encode(answer), writes=(Written("create", call.kind.name, str(record["id"]), 200),))


def _certificate(record: Body) -> str:
    held = record.get("name_to_be_printed_on_certificate") or record.get("name")
    return f"<html><body><p>{escape(str(held))}</p></body></html>"


def _required(call: Call, *names: str) -> Body:
    body = read_json(call.request.body)
    if not isinstance(body, dict) or not all(isinstance(body.get(name), str) for name in names):
        raise Refusal(400, f"the body is an object with {' and '.join(names)}")
    return body


def _read(call: Call, kind: str, id: str) -> Body:
    text = call.store.read(kind, id)
    if text is None:
        raise Refusal(404, f"no {kind.rpartition('/')[2]} has the id {id!r}")
    return cast("Body", decode(text))


def _json_values(call: Call) -> Call:
    """Return the call to a tenant that takes plain values in patches, whatever its clients must send."""
    dialect = call.options.dialect._replace(patch_values="json")
    return call._replace(options=call.options._replace(dialect=dialect), kind=kind_named(CERTIFICATION))


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _moment(call: Call) -> str:
    return datetime.fromtimestamp(call.now, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

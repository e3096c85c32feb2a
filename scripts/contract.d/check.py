"""Compare the emulator and rhythmconf with the contract of the API, as schemathesis and Prism judge.

Both get the vendor's contract with the differences that docs/emulator.md explains (amended.py). What they still find
is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from amended import amended_contract, narrow_directives

from tests.support.vendor import vendor_contract

ROOT = Path(__file__).parents[2]
RHYTHMCONF = ROOT / ".venv/bin/rhythmconf"
SCHEMATHESIS = ROOT / ".venv-contract/bin/schemathesis"
PRISM = ROOT / ".tools-contract/node_modules/.bin/prism"
MODULES = ("certifications", "membership", "platform")
TOKEN = "secret"
CONDITION = re.compile(r'(?:/\S*|the record): ("\w+" is a required property|\[\] has less than \d+ items?)')
"""What the emulator says where a switch is on and what belongs to it is missing. No contract can say that."""
ENVIRONMENTS = """
default_environment: first
environments:
  first: {{tenant: first, base_url: "{first}/{{module}}", auth: {auth}}}
  second: {{tenant: second, base_url: "{second}/{{module}}", auth: {auth}}}
"""
AUTH = '{domain: "http://127.0.0.1:1", client_id: any, client_secret: any-secret}'


def main() -> int:
    """Run what the options ask for; return 1 if anything was found."""
    parser = argparse.ArgumentParser(
        "scripts/contract", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("check", choices=("fuzz", "proxy"), nargs="?", help="only one of the two checks")
    parser.add_argument("--examples", type=int, default=5, metavar="N", help="for each operation (%(default)s)")
    parser.add_argument(
        "--phases", default="fuzzing,stateful", help="of schemathesis (%(default)s); coverage takes hours"
    )
    parser.add_argument("--seed", type=int, default=1, help="of schemathesis (%(default)s)")
    parser.add_argument("--segment", action="append", default=[], help="fuzz only this address; may be repeated")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        found = [fuzz(Path(name), options)] if options.check != "proxy" else []
        found += [proxy(Path(name))] if options.check != "fuzz" else []
    return 1 if any(found) else 0


def fuzz(folder: Path, options: argparse.Namespace) -> bool:
    """Send generated requests for every address to an emulator; return whether something is not explained."""
    contract = amended_contract(MODULES, "first")
    chosen = {path: item for path, item in contract["paths"].items() if path.split("/")[2] in options.segment}
    contract["paths"] = chosen or contract["paths"]
    narrow_directives(contract)
    document, events = folder / "contract.json", folder / "events.ndjson"
    document.write_text(json.dumps(contract))
    import_kinds(folder)
    with emulator(folder, "first", "--dialect", "empty_lists=distinct", "--schemas", "kinds") as url:
        command = [SCHEMATHESIS, "run", document, "--url", url, "-H", f"Authorization: Bearer {TOKEN}", "--no-color"]
        command += ["--phases", options.phases, "-n", str(options.examples), "--seed", str(options.seed)]
        command += ["--continue-on-failure", "--report", "ndjson", "--report-ndjson-path", events]
        done = subprocess.run([str(word) for word in command], cwd=folder, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"schemathesis ended with {done.returncode}")
    failures = Counter(failure for failure in read_failures(events) if not is_explained(failure))
    for (code, operation, message, answer), count in failures.most_common():
        print(f"{count} x {code} {operation}\n    {message}\n    {answer[:300]}")
    print(f"schemathesis: {len(failures)} findings that docs/emulator.md does not explain")
    return bool(failures)


def import_kinds(folder: Path) -> None:
    """Import the kinds that don't ship, so that the emulator serves every address of the contract."""
    (folder / "config").mkdir()
    (folder / "rhythmconf.yaml").write_text(
        "version: 1\nproject: check\nmodule: certifications\nsources: [config]\nschemas: [kinds]\n"
        "environments: {local: {tenant: first, embedded: tenant.db}}\n"
    )
    for module in MODULES:
        (folder / f"{module}.json").write_text(json.dumps(vendor_contract(module)))
        run(folder, {}, "kinds", "import", f"{module}.json", "--module", module, "--quiet")


def read_failures(events: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yield code, operation, message and answer of each failure in a report of schemathesis."""
    for line in events.read_text().splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        for case, checks in recorder.get("checks", {}).items():
            answer = recorder["interactions"].get(case, {}).get("response") or {}
            text = base64.b64decode((answer.get("content") or {}).get("$base64", "")).decode(errors="replace")
            for check in checks:
                if failure := (check.get("failure_info") or {}).get("failure"):
                    message = " ".join(failure["message"].split())[:300]
                    yield failure["code"], failure["operation"], message, text


def is_explained(failure: tuple[str, str, str, str]) -> bool:
    """Tell whether a valid request was refused only because of what a switch demands."""
    code, _, _, answer = failure
    if code != "ST202" or not answer.startswith('{"message":'):
        return False
    return all(CONDITION.fullmatch(part) for part in json.loads(answer)["message"].split("; "))


def proxy(folder: Path) -> bool:
    """Let rhythmconf work through a proxy that checks requests and answers; return whether one breaks the contract."""
    site, logs = folder / "association", [folder / "first.log", folder / "second.log"]
    shutil.copytree(ROOT / "examples/association", site)
    for path in (site / "bindings", site / "overlays"):
        for old, new in (("sandbox", "first"), ("production", "second")):
            for found in path.glob(f"{old}*"):
                found.rename(found.with_name(found.name.replace(old, new)))
        for found in path.glob("local*"):
            found.unlink()
    with ExitStack() as stack:
        urls = [
            stack.enter_context(prism(folder, stack.enter_context(emulator(folder, tenant)), tenant, log))
            for tenant, log in zip(("first", "second"), logs, strict=True)
        ]
        text = (site / "rhythmconf.yaml").read_text().partition("\ndefault_environment:")[0]
        (site / "rhythmconf.yaml").write_text(text + ENVIRONMENTS.format(first=urls[0], second=urls[1], auth=AUTH))
        work(site)
    violations = Counter(text for log in logs for text in re.findall(r"Violation: (.*)", log.read_text()))
    for violation, count in violations.most_common():
        print(f"{count} x {violation}")
    requests = sum(log.read_text().count("Request received") for log in logs)
    print(f"Prism: {requests} requests, {len(violations)} findings that docs/emulator.md does not explain")
    return bool(violations)


def work(site: Path) -> None:
    """Apply, change by batch, look for drift, roll back, pull, probe and promote."""
    environment = {"RHYTHMCONF_TOKEN": TOKEN, "RHYTHMCONF_STATE_DIR": str(site.parent / "state")}
    for words in ("init -q", "add -A", "-c user.name=a -c user.email=a@example.org commit -qm One"):
        subprocess.run(["git", *words.split()], cwd=site, check=True)
    run(site, environment, "apply", "--auto-approve")
    drops = site / "config/billing/drops.yaml"
    drops.write_text(re.sub(r"pre_processing_lead_time: \d+", "pre_processing_lead_time: 9", drops.read_text()))
    run(site, environment, "apply", "--auto-approve")
    run(site, environment, "drift")
    runs = json.loads(run(site, environment, "history", "--format", "json"))["runs"]
    run(site, environment, "rollback", runs[0]["run"], "-o", "back.plan")
    run(site, environment, "apply", "back.plan")
    run(site, environment, "pull")
    run(site, environment, "doctor")
    run(site, environment, "doctor", "--probe")
    run(site, environment, "promote", "--from", "first", "--to", "second", "-o", "promotion.plan")
    run(site, environment, "apply", "promotion.plan")


def run(folder: Path, environment: Mapping[str, str], *words: str) -> str:
    """Run rhythmconf; return its output. Ends this script if it fails."""
    done = subprocess.run(
        [RHYTHMCONF, *words], cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"rhythmconf {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def emulator(folder: Path, tenant: str, *words: str) -> Iterator[str]:
    """Serve a tenant; yield its address."""
    command = [str(RHYTHMCONF), "emulator", "--tenant", tenant, "--token", TOKEN, *words]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().split()[-1]
        finally:
            server.terminate()


@contextmanager
def prism(folder: Path, upstream: str, tenant: str, log: Path) -> Iterator[str]:
    """Serve a proxy that writes each violation of the contract into a log; yield its address."""
    document = folder / f"{tenant}.json"
    document.write_text(json.dumps(amended_contract(MODULES, tenant)))
    port = "4010" if tenant == "first" else "4011"
    with log.open("w") as output:
        command = [str(PRISM), "proxy", str(document), upstream, "--port", port]
        server = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            wait_for(log, "Prism is listening")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def wait_for(log: Path, words: str) -> None:
    """Wait until a log has the words, at most for two minutes."""
    for _ in range(600):
        if words in log.read_text():
            return
        time.sleep(0.2)
    raise SystemExit(f"Prism did not start:\n{log.read_text()}")


if __name__ == "__main__":
    sys.exit(main())

"""The diagnostic codes of errors that any package may raise."""

from __future__ import annotations

from rhythmconf.model.code import Code

INTERNAL = Code(
    "RC000",
    "internal error of rhythmconf",
    what="rhythmconf has a bug. The message names a log file, which holds none of your data.",
    why="Everything that was written before is in the run record, so nothing is lost.",
    example="error[RC000]: internal error of rhythmconf: KeyError",
    fix="Report it with the log file. `rhythmconf plan` shows what is left to do.",
)

ERROR = Code(
    "RC001",
    "error without a code of its own",
    what="Something failed that has no code of its own. The message says what and where.",
    why="The command stopped there and did none of its later steps.",
    example="error[RC001]: the output can't be written: No space left on device",
    fix="Do what the help of the message says, then run the command again.",
)

USAGE = Code(
    "RC002",
    "wrong flag or argument",
    what="A flag or an argument is unknown, is missing, or can't be combined with another one.",
    why="An unknown flag always fails, so that a typing error never runs something else.",
    example="rhythmconf plan --evn sandbox",
    fix="Run `rhythmconf COMMAND --help`: it lists every option and ends with examples.",
)

SETTINGS = Code(
    "RC003",
    "wrong setting",
    what=(
        "`rhythmconf.yaml`, a RHYTHMCONF_ variable or a bindings file has an unknown member, lacks one, or holds a "
        "value that isn't allowed. The message has the line and column."
    ),
    why="With a wrong setting a command could reach the wrong tenant, so it doesn't start.",
    example="environments:\n  production:\n    tenent: hisp      # tenant",
    fix=(
        "Correct the line. `rhythmconf docs settings` describes every member. A `${NAME}` needs its variable only for "
        "the environment that is used."
    ),
)

SCHEMA_FILE = Code(
    "RC004",
    "wrong schema file",
    what=(
        "The schema file of a kind breaks a rule of `schemas/meta.json`: an unknown `x-` keyword, an array of objects "
        "without `x-list-type`, or a reference to an unknown kind."
    ),
    why="Comparison and patches follow the schema. A wrong one would give a wrong plan.",
    example='"fees": {"type": "array", "items": {"type": "object"}}   # x-list-type is missing',
    fix="Correct the place that the message names by file and pointer. `rhythmconf docs kinds` explains the keywords.",
)

NOTES = Code(
    "RC005",
    "wrong notes on a kind",
    what=(
        "A file `<kind>.notes.yaml` in a folder of `schemas` is no merge patch for the schema of its kind: the kind or "
        "the field doesn't exist, two folders have notes on one kind, or the schema with the notes breaks a rule of "
        "`schemas/meta.json`."
    ),
    why="A note that is ignored could hide a risk, or a reference that travels to another tenant as a plain id.",
    example="""
# kinds/certifications/program.notes.yaml
properties:
  costumer_type: {enum: [both, contact, organization, company]}   # customer_type
""",
    fix=(
        "Correct the line. Remove the note if the field is gone. To add a field, describe it whole, with its `type`. "
        "`rhythmconf docs kinds` has examples."
    ),
)

UNREADABLE = Code(
    "RC100",
    "file that can't be read",
    what="A file can't be opened, is not a regular file, is larger than 10 MiB, or lies outside the project.",
    why="Its documents would count as removed, and their records could be deleted.",
    example="error[RC100]: can't be read: Permission denied",
    fix="Correct the file or its permissions. Copy a file from outside into the project.",
)

PLANNING = Code(
    "RC300",
    "no plan can be made",
    what="The files and the tenant's records don't allow a plan that is certain to be right. The message says why.",
    why="A plan is only made if applying it gives exactly what it shows.",
    example="error[RC300]: the records of a kind can't be compared",
    fix="Do what the help of the message says for the record that it names, then plan again.",
)

TENANT = Code(
    "RC400",
    "the tenant can't be reached, or its answer makes no sense",
    what="A request failed, or the tenant answered with something that is not what its API documents.",
    why="Without a reliable answer nothing can be compared or written.",
    example="error[RC400]: The server can't be reached.\n --> GET https://certifications.api.rhythmsoftware.com/...",
    fix="Check `base_url` and `tenant` of the environment: `rhythmconf doctor --env NAME` shows and tests them.",
)

AUTH = Code(
    "RC401",
    "no valid token, or no permission",
    what="There is no token, it is wrong or has expired, or it has no permission for this kind.",
    why="This API answers a mistyped address in the same way, so the address may be wrong too.",
    example="error[RC401]: The tenant refuses the token.",
    fix="Run `rhythmconf doctor --env NAME`. Check `auth`, RHYTHMCONF_TOKEN, and the permissions of the client.",
)

REJECTED = Code(
    "RC402",
    "the tenant rejected a request",
    what="The tenant answered a request with a 4xx status. The message contains the tenant's answer.",
    why="The request changed nothing.",
    example="error[RC402]: The tenant refuses the call: 422 name must not be empty.",
    fix="Correct the document according to this answer, then plan again.",
)

NOT_SENT = Code(
    "RC403",
    "a request was not sent, or had no effect",
    what="The request never left this computer, or the server said that it did not process it.",
    why="It may be repeated without harm.",
    example="error[RC403]: The server can't be reached.",
    fix="Check the network, then run the command again.",
)

AMBIGUOUS_OUTCOME = Code(
    "RC404",
    "unknown whether a request had an effect",
    what="A request was sent and its answer was lost.",
    why="Repeating it could write twice, so the record is read first to find out.",
    example="error[RC404]: The server closed the connection before it answered.",
    fix="Run `rhythmconf plan`: it shows what is left. `rhythmconf resume` finishes an interrupted run.",
)

BUDGET_EXHAUSTED = Code(
    "RC405",
    "the limit of requests is reached",
    what="The command has sent as many requests as `--max-requests` allows.",
    why="The next request was not sent. What was done before is recorded.",
    example="rhythmconf apply --max-requests 20",
    fix="Give a higher limit: the plan forecasts how many requests an apply needs. Then plan again.",
)

FOREIGN_ANSWER = Code(
    "RC407",
    "the answer is not one of the Rhythm API",
    what=(
        "A request was answered with success, but the answer is a web page, another text that is not JSON, or JSON "
        "that can't be used: a number that is too large, or nested too deeply. The message shows the content type and "
        "the first words."
    ),
    why="A proxy, a login page or another server has answered. Another request would get the same answer.",
    example="error[RC407]: The tenant answers 200 OK with text/html instead of JSON ('Please sign in').",
    fix=(
        "Sign in to the network, check HTTPS_PROXY and NO_PROXY, and compare `base_url` of the environment with the "
        "address of the API."
    ),
)

ENDLESS_LIST = Code(
    "RC408",
    "a list of the tenant is too large",
    what="A list has more records, bytes or pages than rhythmconf reads. The message has the limit.",
    why="A list without an end would fill the memory of this computer.",
    example="error[RC408]: The list has more than 1,000,000 records.",
    fix="Check `base_url` of the environment. If the tenant is really that large, report it to us.",
)

PROXY = Code(
    "RC409",
    "the proxy can't be used",
    what="HTTPS_PROXY or ALL_PROXY is not the address of an HTTP proxy, or the proxy refuses to connect to the tenant.",
    why="If a variable names a proxy for the tenant, rhythmconf never connects without it. Nothing was sent.",
    example="error[RC409]: The proxy http://***@proxy:3128 of HTTPS_PROXY refuses the connection: 407.",
    fix=(
        "Correct the variable (`http://USER:PASSWORD@HOST:PORT`), or add the host of the tenant to NO_PROXY. "
        "`rhythmconf doctor` shows which proxy is used."
    ),
)

STORAGE = Code(
    "RC410",
    "the file of an embedded tenant can't be used",
    what="The file of the embedded tenant could not be read or written, for example because the disk is full.",
    why="An embedded tenant is a file on this computer. The request changed nothing.",
    example="error[RC410]: The embedded tenant can't use .rhythmconf/local.db: database or disk is full.",
    fix="Free space on the disk, or check the file and its permissions. Then run the command again.",
)

REFUSED = Code(
    "RC500",
    "refused; nothing was written",
    what="The command refused to write: a stale plan, a conflict, a protected environment or a held lock.",
    why="Writing could undo somebody's work, or do what nobody reviewed.",
    example="error[RC500]: production is protected: it applies only saved plans",
    fix="Do what the help of the message says. It names the command to run.",
)

INCOMPLETE = Code(
    "RC501",
    "the plan is not complete",
    what="Some changes were written, or their outcome is unknown, and others were not.",
    why="A part of the plan is applied, and the rest is not.",
    example="Apply incomplete: 3 applied, 1 failed, 2 not attempted.",
    fix="Read the outcome of each change in the report, then run `rhythmconf plan` to see what is left.",
)

INTERRUPTED = Code(
    "RC502",
    "the run was interrupted",
    what="Somebody stopped the run with Ctrl-C or a signal. The run record says what was done.",
    why="What had been sent was recorded before the command ended.",
    example="error[RC502]: The run 20260131-235959-123-0f3a9c was interrupted: 2 of 5 changes are applied.",
    fix="Run `rhythmconf resume` to finish it, or make a new plan.",
)

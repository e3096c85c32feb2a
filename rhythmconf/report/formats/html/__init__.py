"""Write a plan or the result of `validate` as one HTML page, for a browser or a printer."""

from rhythmconf.report.formats.html.cards import NO_CONTEXT, Context
from rhythmconf.report.formats.html.plan_page import plan
from rhythmconf.report.formats.html.validation_page import validation

__all__ = ["NO_CONTEXT", "Context", "plan", "validation"]

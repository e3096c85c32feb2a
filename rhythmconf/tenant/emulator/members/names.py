"""The kinds of members and of what runs do to them. They are served by the emulator and known to nothing else."""

from __future__ import annotations

CERTIFICATION = "certifications/certification"
APPLICATION = "certifications/application"
MEMBERSHIP_APPLICATION = "membership/application"
RUN = "certifications/billingRun"
ACTION = "certifications/billingRunAction"

OWNERS = (CERTIFICATION, APPLICATION, MEMBERSHIP_APPLICATION)
"""The kinds whose records refer to records of the configuration, which can't be deleted while they do."""
MEMBER_KINDS = frozenset((*OWNERS, RUN, ACTION))

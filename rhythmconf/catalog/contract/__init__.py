"""Make schemas of kinds from an OpenAPI contract, 3.0 or 3.1. The contract is untrusted: all work on it is bounded."""

from rhythmconf.catalog.contract.changes import Changes, compare
from rhythmconf.catalog.contract.kinds import Imported, import_kinds
from rhythmconf.catalog.contract.lookup import ContractFault

__all__ = ["Changes", "ContractFault", "Imported", "compare", "import_kinds"]

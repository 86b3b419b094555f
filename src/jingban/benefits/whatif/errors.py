"""What the calculation over many claims refuses; nothing is approximated."""

from __future__ import annotations

from jingban.core.errors import DomainError


class WhatIfError(DomainError):
    """Base of the refusals of a trial calculation."""

    code = "what_if"


class ClaimsWrong(WhatIfError):
    """The table of claims cannot be worked out as it is; the text says which rows and why."""

    code = "claims_wrong"


class ChangeRefused(WhatIfError):
    """A changed parameter that this calculation cannot follow."""

    code = "change_refused"


class AnalysisMissing(WhatIfError):
    """The optional packages of the calculation over many claims are not installed."""

    code = "analysis_missing"

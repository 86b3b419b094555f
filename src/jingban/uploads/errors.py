"""What can be wrong with an upload, in the words of whoever chose the file."""

from __future__ import annotations

from jingban.core.errors import DomainError


class UploadRefused(DomainError):
    """The file is not what may be uploaded; ``details["reason"]`` says why for programs."""

    code = "upload_refused"


class UploadTooBig(UploadRefused):
    """A file, a slot or a draft holds more than it may."""

    code = "upload_too_big"


class UploadNotFound(DomainError):
    """No such upload, or it was taken away."""

    code = "upload_not_found"


class UploadHandedIn(DomainError):
    """The upload belongs to a case by now and stays as it was handed in."""

    code = "upload_handed_in"


class UploadBroken(DomainError):
    """A stored file is gone or is not what was stored."""

    code = "upload_broken"

"""What can go wrong in this room."""

from cordboard.kit.errors import DomainError, ForbiddenError, NotFoundError


class NoSuchRecordError(NotFoundError):
    """There is no record of such a call, or not for you."""

    code = "no-such-record"


class NoSuchRecordingError(NotFoundError):
    """There is no such recording, or not for you."""

    code = "no-such-recording"


class RecordingMissingError(NotFoundError):
    """The recording is known and its file is not there; `since` says from when on."""

    code = "recording-missing"
    status = 410


class RecordingUnreadableError(DomainError):
    """The file is there and is not a recording of ours."""

    code = "recording-unreadable"
    status = 500


class DownloadForbiddenError(ForbiddenError):
    """The role may listen and may not take the file away."""

    code = "download-forbidden"


class BadFilterError(DomainError):
    """A filter of a list is unknown or cannot be read; `field` names it."""

    code = "bad-filter"
    status = 422


class LateFactError(LookupError):
    """News of a call whose record was closed and put away; the journal keeps it for a rebuild."""

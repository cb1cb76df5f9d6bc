"""Statuses that no standard defines but that were seen: what providers document, and the names of one library family.

Nothing here is assumed of an account that does not say so: one number means different things at different providers.
"""

from typing import NamedTuple


class Observed(NamedTuple):
    """One meaning of a command_status seen outside the standards.

    ``origin`` is "vendor" (``source`` is the provider whose public documentation says so) or "legacy" (``source`` is
    the name that libraries of the days of SMPP 3.3 gave it); ``category`` is that of ``kinds.Status``, or "account"
    where the account, not the message, is at fault: out of credit, say.

    >>> Observed(0x0401, "vendor", "Hollatags", "account", "out of credit").source
    'Hollatags'
    """

    code: int
    origin: str
    source: str
    category: str
    meaning: str


OBSERVED: tuple[Observed, ...] = (
    Observed(0x0022, "vendor", "Infobip", "permanent", "destination network not covered"),
    Observed(0x00FF, "vendor", "Infobip", "account", "account balance insufficient"),
    Observed(0x000C, "vendor", "Infobip", "permanent", "duplicate message id"),
    Observed(0x000E, "vendor", "Infobip", "auth", "bad credentials, only in bind responses"),
    Observed(0x04A1, "vendor", "Infobip", "temporary", "system error, or channel disabled"),
    Observed(0x009F, "vendor", "Infobip", "config", "optional parameter length invalid"),
    Observed(0x0400, "vendor", "Hollatags", "permanent", "message not routable"),
    Observed(0x0401, "vendor", "Hollatags", "account", "out of credit"),
    Observed(0x0402, "vendor", "Hollatags", "account", "maximum credit exceeded"),
    Observed(0x0403, "vendor", "Hollatags", "auth", "account frozen"),
    Observed(0x0404, "vendor", "Hollatags", "permanent", "bad data"),
    Observed(0x0405, "vendor", "Hollatags", "permanent", "client error"),
    Observed(0x040A, "vendor", "Hollatags", "permanent", "subscriber on do-not-disturb list or sender id restricted"),
    Observed(0x0430, "vendor", "Hollatags", "permanent", "payload length invalid"),
    Observed(0x0431, "vendor", "Hollatags", "temporary", "internal error"),
    Observed(0x0432, "vendor", "Hollatags", "permanent", "refused by content filter"),
    Observed(0x0433, "vendor", "Hollatags", "permanent", "data_coding does not fit the payload"),
    Observed(0x04FF, "vendor", "Hollatags", "temporary", "internal error"),
    Observed(0x0045, "vendor", "Hollatags", "permanent", "subscriber on do-not-disturb list"),
    Observed(0x0058, "vendor", "Hollatags", "throttle", "rate exceeded"),
    Observed(0x040B, "vendor", "SerwerSMS", "account", "insufficient credit (they name it ESME_RINVBALANCE)"),
    Observed(0x0400, "vendor", "World-Text", "account", "prepaid credit used up or credit limit reached"),
    Observed(0x0067, "vendor", "smpp.io", "account", "quota violation, add credit"),
    Observed(0x0016, "vendor", "smpp.io", "config", "invalid service type"),
    Observed(0x004A, "vendor", "smpp.io", "config", "destination TON invalid"),
    Observed(0x004B, "vendor", "smpp.io", "config", "destination NPI invalid"),
    Observed(0x004D, "vendor", "smpp.io", "config", "ESME/system type invalid"),
    Observed(0x004E, "vendor", "smpp.io", "config", "replace flag invalid"),
    Observed(0x042A, "vendor", "an aggregator", "permanent", "routing error for premium SMS"),
    Observed(0x0019, "legacy", "ESME_RADDCUSTFAIL", "permanent", "customer administration"),
    Observed(0x001A, "legacy", "ESME_RDELCUSTFAIL", "permanent", "customer administration"),
    Observed(0x001B, "legacy", "ESME_RMODCUSTFAIL", "permanent", "customer administration"),
    Observed(0x001C, "legacy", "ESME_RENQCUSTFAIL", "permanent", "customer administration"),
    Observed(0x001D, "legacy", "ESME_RINVCUSTID", "permanent", "customer administration"),
    Observed(0x001F, "legacy", "ESME_RINVCUSTNAME", "permanent", "customer administration"),
    Observed(0x0021, "legacy", "ESME_RINVCUSTADR", "permanent", "customer administration"),
    Observed(0x0022, "legacy", "ESME_RINVADR", "permanent", "customer administration"),
    Observed(0x0023, "legacy", "ESME_RCUSTEXIST", "permanent", "customer administration"),
    Observed(0x0024, "legacy", "ESME_RCUSTNOTEXIST", "permanent", "customer administration"),
    Observed(0x0026, "legacy", "ESME_RADDDLFAIL", "permanent", "administration of distribution lists"),
    Observed(0x0027, "legacy", "ESME_RMODDLFAIL", "permanent", "administration of distribution lists"),
    Observed(0x0028, "legacy", "ESME_RDELDLFAIL", "permanent", "administration of distribution lists"),
    Observed(0x0029, "legacy", "ESME_RVIEWDLFAIL", "permanent", "administration of distribution lists"),
    Observed(0x0030, "legacy", "ESME_RLISTDLSFAIL", "permanent", "administration of distribution lists"),
    Observed(0x0031, "legacy", "ESME_RPARAMRETFAIL", "permanent", "parameters"),
    Observed(0x0032, "legacy", "ESME_RINVPARAM", "permanent", "parameters"),
    Observed(0x0035, "legacy", "ESME_RINVDLMEMBDESC", "permanent", "administration of distribution lists"),
    Observed(0x0038, "legacy", "ESME_RINVDLMEMBTYP", "permanent", "administration of distribution lists"),
    Observed(0x0039, "legacy", "ESME_RINVDLMODOPT", "permanent", "administration of distribution lists"),
    Observed(0x0059, "legacy", "ESME_RPROVNOTALLWD", "permanent", "provisioning"),
    Observed(0x0080, "legacy", "ESME_RINVPGCUSTID", "permanent", "paging"),
    Observed(0x0081, "legacy", "ESME_RINVPGCUSTIDLEN", "permanent", "paging"),
    Observed(0x0082, "legacy", "ESME_RINVCITYLEN", "permanent", "paging"),
    Observed(0x0083, "legacy", "ESME_RINVSTATELEN", "permanent", "paging"),
    Observed(0x0084, "legacy", "ESME_RINVZIPPREFIXLEN", "permanent", "paging"),
    Observed(0x0085, "legacy", "ESME_RINVZIPPOSTFIXLEN", "permanent", "paging"),
    Observed(0x0086, "legacy", "ESME_RINVMINLEN", "permanent", "paging"),
    Observed(0x0087, "legacy", "ESME_RINVMIN", "permanent", "paging"),
    Observed(0x0088, "legacy", "ESME_RINVPINLEN", "permanent", "paging"),
    Observed(0x0089, "legacy", "ESME_RINVTERMCODELEN", "permanent", "paging"),
    Observed(0x008A, "legacy", "ESME_RINVCHANNELLEN", "permanent", "paging"),
    Observed(0x008B, "legacy", "ESME_RINVCOVREGIONLEN", "permanent", "paging"),
    Observed(0x008C, "legacy", "ESME_RINVCAPCODELEN", "permanent", "paging"),
    Observed(0x008D, "legacy", "ESME_RINVMDTLEN", "permanent", "paging"),
    Observed(0x008E, "legacy", "ESME_RINVPRIORMSGLEN", "permanent", "paging"),
    Observed(0x008F, "legacy", "ESME_RINVPERMSGLEN", "permanent", "paging"),
    Observed(0x0090, "legacy", "ESME_RINVPGALERTLEN", "permanent", "paging"),
    Observed(0x0091, "legacy", "ESME_RINVSMUSERLEN", "permanent", "paging"),
    Observed(0x0092, "legacy", "ESME_RINVRTDBLEN", "permanent", "paging"),
    Observed(0x0093, "legacy", "ESME_RINVREGDELLEN", "permanent", "paging"),
    Observed(0x0094, "legacy", "ESME_RINVMSGDISTLEN", "permanent", "paging"),
    Observed(0x0095, "legacy", "ESME_RINVPRIORMSG", "permanent", "paging"),
    Observed(0x0096, "legacy", "ESME_RINVMDT", "permanent", "paging"),
    Observed(0x0097, "legacy", "ESME_RINVPERMSG", "permanent", "paging"),
    Observed(0x0098, "legacy", "ESME_RINVMSGDIST", "permanent", "paging"),
    Observed(0x0099, "legacy", "ESME_RINVPGALERT", "permanent", "paging"),
    Observed(0x009A, "legacy", "ESME_RINVSMUSER", "permanent", "paging"),
    Observed(0x009B, "legacy", "ESME_RINVRTDB", "permanent", "paging"),
    Observed(0x009C, "legacy", "ESME_RINVREGDEL", "permanent", "paging"),
    Observed(0x009F, "legacy", "ESME_RINVOPTPARLEN", "permanent", "paging"),
)


def observed(code: int) -> tuple[Observed, ...]:
    """Return every meaning seen of a status, none when nobody gave it one.

    >>> [(row.source, row.meaning) for row in observed(0x0400)]
    [('Hollatags', 'message not routable'), ('World-Text', 'prepaid credit used up or credit limit reached')]
    """
    return tuple(row for row in OBSERVED if row.code == code)

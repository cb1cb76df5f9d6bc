"""The address of a centre with its credentials, as text that does not show the password by accident."""

from urllib.parse import quote


class Url(str):
    """A URL: as a ``str`` it is whole, its repr has asterisks for the password.

    >>> url = Url.of("demo", "a secret", "::1", 2775)
    >>> url
    'smpp://demo:***@[::1]:2775'
    >>> print(str(url) == "smpp://demo:a%20secret@[::1]:2775")
    True
    """

    __slots__ = ()

    @staticmethod
    def of(system_id: str, password: str, host: str, port: int) -> "Url":
        """Put a URL together."""
        place = f"[{host}]" if ":" in host else host
        return Url(f"smpp://{quote(system_id, safe='')}:{quote(password, safe='')}@{place}:{port}")

    @property
    def masked(self) -> str:
        """The URL with asterisks for the password."""
        begin, _, place = self.rpartition("@")
        return f"{begin.rpartition(':')[0]}:***@{place}"

    def __repr__(self) -> str:
        """Show the URL without the password."""
        return repr(self.masked)

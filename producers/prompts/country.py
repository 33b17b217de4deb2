"""Countries as people write them: ISO codes in any case, or English names."""

from __future__ import annotations

import unicodedata
from functools import cache

_CODE_CHARS = 2


@cache
def country_code(text: str) -> str | None:
    """The ISO 3166 code of a country by its code or by its English name; None for what is neither."""
    written = unicodedata.normalize("NFC", text).strip()
    if len(written) == _CODE_CHARS and written.isascii():
        return written.upper()  # Whether there is such a country is checked with the request.
    import pycountry  # noqa: PLC0415 - only a name needs the list of all countries

    try:
        return str(pycountry.countries.lookup(written).alpha_2)
    except LookupError:
        return None

"""Sites on both databases, as the paid calls' tests have them."""

from tests.integration.workers.site import open_site, provider, site

__all__ = ["open_site", "provider", "site"]

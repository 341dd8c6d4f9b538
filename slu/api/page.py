"""The page at `/`, and what browsers may do on it."""

import base64
import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Page:
    """A page that holds its style and script, and a policy that lets nothing else run."""

    html: str
    policy: str


def load_page() -> Page:
    """Read the page that is part of this package."""
    html = files("slu.api").joinpath("static/index.html").read_text("utf-8")
    policy = (
        f"default-src 'none'; script-src {hash_of('script', html)}; "
        f"style-src {hash_of('style', html)}; connect-src 'self'; media-src blob:; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html, policy)


def hash_of(tag: str, html: str) -> str:
    """Source expression that allows the one element of this kind (W3C CSP Level 3, 6.7.3)."""
    (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
    return f"'sha256-{digest}'"

"""Why a recording was turned away, in the language of the page."""

import re

from slu.ui.language import mark, tr

# As `slu.inference` words them.
_REASONS = (
    mark("not understood: please say it again, a little more clearly"),
    mark("not understood: this does not sound like an order; please say it once more"),
    mark("silence: nothing was heard; check the microphone"),
    mark("too short: speak for at least {seconds} s"),
    mark("too long: speak for at most {seconds} s"),
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


def reason_told(reason: str) -> str:
    """A reason of a predictor as it is told; messages of errors stay as they are."""
    text = _NUMBER.sub("{seconds}", reason)
    if text not in _REASONS:
        return reason
    return tr(text, seconds="".join(_NUMBER.findall(reason)))

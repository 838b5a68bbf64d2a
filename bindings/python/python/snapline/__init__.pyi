from ._errors import *
from ._native import (
    UNSET as UNSET,
    Attempt as Attempt,
    Page as Page,
    Poll as Poll,
    RateLimit as RateLimit,
    Response as Response,
    Unset as Unset,
    __version__ as __version__,
)
from ._open_enum import OpenEnum as OpenEnum
from ._providers import *

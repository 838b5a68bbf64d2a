from . import retention as retention
from ._each import each as each, each_async as each_async
from ._errors import *
from ._native import (
    UNSET as UNSET,
    AsyncPage as AsyncPage,
    Attempt as Attempt,
    Attempted as Attempted,
    Call as Call,
    Model as Model,
    Outgoing as Outgoing,
    Page as Page,
    PageCall as PageCall,
    Poll as Poll,
    RateLimit as RateLimit,
    Response as Response,
    Unset as Unset,
    __version__ as __version__,
)
from ._open_enum import OpenEnum as OpenEnum
from ._options import (
    CallOptions as CallOptions,
    ClientOptions as ClientOptions,
    WaitOptions as WaitOptions,
)
from ._providers import *

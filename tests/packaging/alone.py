"""A wheel with one provider: it calls, and says of every other what it is without.

Usage: alone.py PROVIDER OTHER...
"""

import importlib
import sys

import snapline


def refusal(use, kind):
    try:
        use()
    except kind as error:
        return str(error)
    raise SystemExit(f"{kind.__name__} was expected")


here, *others = sys.argv[1:]
module = importlib.import_module(f"snapline.{here}")
assert getattr(snapline, here) is module
assert getattr(snapline, module.Client.__name__) is module.Client
try:
    module.Client("t", base_url="http://127.0.0.1:9", max_attempts=1).request("GET", "/")
except snapline.ConnectionError:
    pass
else:
    raise SystemExit("nothing listens there")

features = snapline._providers.FEATURES
assert {here, *others} == set(features.values()), features
for name, feature in features.items():
    assert (name in snapline._providers.__all__) == hasattr(snapline, name) == (feature == here), name
    if feature != here:
        said = refusal(lambda: getattr(snapline, name), AttributeError)
        assert repr(name) in said and f"`{feature}`" in said, said
for other in others:
    said = refusal(lambda: importlib.import_module(f"snapline.{other}"), ImportError)
    assert f"`{other}`" in said, said
assert "feature" not in refusal(lambda: snapline.nonsense, AttributeError)

import json
import urllib.error
import urllib.request

from snapline_mock import Mock, __version__


def get(path):
    with urllib.request.urlopen(mock.url + path, timeout=20) as answer:
        return json.load(answer)


with Mock(snapshots=2, arguments=["--verbose"]) as mock:
    before = mock.now()
    mock.fault(status=503, retry_after=1)
    assert mock.environment and mock.state()
    assert (mock.advance(days=30) - before).days == 30
    try:
        get("/nothing")
    except urllib.error.HTTPError as error:
        assert error.code == 404
    assert [request.path for request in mock.requests()] == ["/nothing"]
    assert len(mock.faults()) == 1
    mock.reset()
    assert not mock.requests() and not mock.faults()
print("snapline-mock", __version__, "works")

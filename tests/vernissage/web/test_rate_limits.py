import pytest

from vernissage.web.rate_limits import address


@pytest.mark.parametrize(
    ("knocks", "counts_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_network_counts_as_one_client(app, knocks, counts_as):
    with app.test_request_context(environ_base={"REMOTE_ADDR": knocks}):
        assert address() == counts_as

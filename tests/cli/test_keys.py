import pytest
from typer.testing import CliRunner

from likeness.cli import app
from likeness.domain.errors import AuthenticationError
from likeness.domain.records import Permission
from tests.cli.conftest import Installation


def test_a_key_that_was_made_authenticates(installation: Installation) -> None:
    made = installation.json("keys", "create", "--name", "shop", "--permission", "still", "--permission", "compare")
    key = installation.stores.keys.authenticate(made["api_key"], made["api_secret"])
    assert key.permissions == {Permission.STILL, Permission.COMPARE}
    assert key.name == "shop"


def test_a_key_may_do_everything_unless_told_otherwise(installation: Installation) -> None:
    made = installation.json("keys", "create", "--name", "shop", "--calls-under-way", "3", "--total-calls", "100")
    assert made["permissions"] == ["compare", "selfie", "still", "video"]
    assert (made["calls_under_way_limit"], made["calls_limit"], made["calls_used"]) == (3, 100, 0)


def test_a_person_sees_the_secret_once(installation: Installation) -> None:
    printed = installation.run("keys", "create", "--name", "shop").stdout.split()
    api_key, api_secret = printed[printed.index("api_key") + 1], printed[printed.index("api_secret") + 1]
    installation.stores.keys.authenticate(api_key, api_secret)
    with pytest.raises(AuthenticationError):
        installation.stores.keys.authenticate(api_key, api_key)
    listed = installation.run("keys", "list").stdout
    assert api_key in listed
    assert api_secret not in listed
    assert api_secret not in installation.run("keys", "list", "--json").stdout


def test_disable_and_enable(installation: Installation) -> None:
    api_key = installation.stores.keys.create("shop").key.api_key
    assert not installation.json("keys", "disable", api_key)[0]["enabled"]
    assert "disabled" in installation.run("keys", "list").stdout
    assert installation.json("keys", "enable", api_key)[0]["enabled"]
    assert installation.stores.keys.list()[0].enabled


def test_limits_change_one_at_a_time_and_a_new_total_counts_from_zero(installation: Installation) -> None:
    key = installation.stores.keys.create("shop", calls_limit=5).key
    installation.stores.keys.count_call(key.id)
    limited = installation.json("keys", "limit", key.api_key, "--calls-under-way", "2")[0]
    assert (limited["calls_under_way_limit"], limited["calls_limit"], limited["calls_used"]) == (2, 5, 1)
    assert "1 of 5" in installation.run("keys", "list").stdout
    limited = installation.json("keys", "limit", key.api_key, "--total-calls", "9")[0]
    assert (limited["calls_under_way_limit"], limited["calls_limit"], limited["calls_used"]) == (2, 9, 0)
    freed = installation.json(
        "keys", "limit", key.api_key, "--total-calls", "unlimited", "--calls-under-way", "unlimited"
    )
    assert (freed[0]["calls_under_way_limit"], freed[0]["calls_limit"]) == (None, None)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "", "99999999999", "²"])
def test_a_limit_that_is_none_is_refused(installation: Installation, value: str) -> None:
    installation.run("keys", "create", "--name", "shop", f"--total-calls={value}", status=2)
    assert installation.stores.keys.list() == []


def test_limit_wants_to_know_what(installation: Installation) -> None:
    api_key = installation.stores.keys.create("shop").key.api_key
    assert "--total-calls" in installation.run("keys", "limit", api_key, status=2).output


@pytest.mark.parametrize("command", [["disable"], ["enable"], ["limit", "--total-calls", "1"]])
def test_an_unknown_key_is_said_to_be_unknown(installation: Installation, command: list[str]) -> None:
    result = installation.run("keys", *command, "nosuchkey", status=1)
    assert "There is no key nosuchkey" in result.stderr


def test_a_master_key_that_others_may_read_is_named(installation: Installation) -> None:
    (installation.data_dir / "master.key").chmod(0o644)
    assert "chmod 600" in installation.run("keys", "list", status=1).stderr


def test_what_is_no_database_is_said_plainly(installation: Installation) -> None:
    installation.stores.close()
    for path in installation.data_dir.glob("likeness.db*"):
        path.unlink()
    (installation.data_dir / "likeness.db").write_bytes(b"no database at all" * 1000)
    assert "is no database" in installation.run("keys", "list", status=1).stderr


def test_where_there_is_nothing_it_is_said(installation: Installation) -> None:
    assert "likeness keys create --name NAME" in installation.run("keys", "list").stdout
    assert installation.run("records", "list", "--call", "verify").stdout == "No call left such a record.\n"
    assert installation.json("keys", "list") == installation.json("records", "list") == []


def test_help_is_not_broken_where_the_source_is() -> None:
    told = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "300", "TERM": "dumb"}).output
    assert "in front of anything but 127.0.0.1" in told

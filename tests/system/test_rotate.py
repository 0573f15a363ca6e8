"""From mint to plant to rotate to retire: one canary's whole life, against the range."""
import signal

import pytest
from decoys import Repo
from test_mint import journal, keys, killed_at, mint, registry, users  # noqa: F401

ENV = "PORT=3000\nREDIS_URL=redis://cache:6379/0\n"


@pytest.fixture
def shop(mint, tmp_path):  # noqa: F811
    """A repository with one bait, committed."""
    (mint.home / ".gitconfig").write_text("[user]\n\tname = Ana Ruiz\n\temail = ana@shopwerk.io\n")
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    mint("mint", "--style", "service", "--owner", "ops", "--tag", "q3", "--level", "denied", check=0)
    mint("plant", "--repo", repo.path, "--bait", "dotenv", "--commit", check=0)
    (mint.old,) = registry(mint)
    mint.repo = repo
    return mint


def whole(shop):
    """The new key stands where the old one stood, works, and is the only one in AWS."""
    known = registry(shop)
    (new,) = set(known) - {shop.old}
    text = shop.repo.read(".env.production")
    there = keys(shop.range)
    assert new in text and there[new]["secret"] in text and shop.old not in text and text.startswith(ENV)
    assert set(there) == {new} and set(users(shop.range)) == {there[new]["user"]}
    assert known[shop.old]["state"] == "retired" and known[new]["state"] == "live"
    assert (known[new]["owner"], known[new]["tags"], known[new]["level"], known[new]["origin"]) == ("ops", ["q3"], "denied", "rotate")
    assert known[new]["secret_kept"] is False and journal(shop) == []
    return new


def test_rotate_puts_a_new_key_in_the_very_place_and_retires_the_old_one(shop):
    before = shop.repo.read(".env.production")
    old = keys(shop.range)[shop.old]
    r = shop("rotate", "--yes", shop.old, check=0)
    new = whole(shop)
    after = shop.repo.read(".env.production")
    assert after == before.replace(shop.old, new).replace(old["secret"], keys(shop.range)[new]["secret"])
    assert shop.repo.status() == "" and "commit" in r.stdout
    spoken = r.stdout + r.stderr
    assert old["secret"] not in spoken and keys(shop.range)[new]["secret"] not in spoken
    again = shop("rotate", "--yes", shop.old, check=0)      # it is done already
    assert whole(shop) == new and "stands in the place" not in again.stdout


def test_retiring_tells_where_the_bait_still_stands(shop):
    r = shop("retire", "--yes", shop.old, check=0)
    assert f"its bait still stands in {shop.repo.path} .env.production" in r.stdout
    assert "key retired" in shop("placements", check=0).stdout and "key retired" in shop("verify", check=0).stdout


def test_rotate_says_what_it_needs(shop, tmp_path):
    assert "--yes" in shop("rotate", shop.old, check=2).stderr
    assert "not in the registry" in shop("rotate", "--yes", "AKIAYT723HMDAAAAAAAA", check=1).stderr
    assert "not placed in x" in shop("rotate", "--yes", "--path", "x", shop.old, check=1).stderr
    shop("mint", check=0)
    (fresh,) = set(registry(shop)) - {shop.old}
    r = shop("rotate", "--yes", fresh, check=1)
    assert "stands nowhere" in r.stderr and "keycanary plant" in r.stderr
    assert set(keys(shop.range)) == {shop.old, fresh}


def test_a_bait_that_is_gone_costs_nothing(shop):
    (shop.repo.path / ".env.production").write_text(ENV)
    r = shop("rotate", "--yes", shop.old, check=1)
    assert ".env.production" in r.stderr
    known = registry(shop)
    assert known[shop.old]["state"] == "live" and shop.old in keys(shop.range)
    assert set(keys(shop.range)) == set(known) == {shop.old}        # found out before anything was minted


def test_a_dry_run_shows_change_and_calls_and_makes_none(shop):
    before, state = shop.repo.read(".env.production"), registry(shop)
    r = shop("rotate", "--dry-run", shop.old, check=0)
    assert f"-AWS_ACCESS_KEY_ID={shop.old}" in r.stdout or f"_AWS_ACCESS_KEY_ID={shop.old}" in r.stdout
    for word in ("would make a user", "iam:CreateUser", "iam:PutUserPolicy", "iam:CreateAccessKey", "made up"):
        assert word in r.stdout, word
    assert shop.repo.read(".env.production") == before and shop.repo.status() == ""
    assert registry(shop) == state and set(keys(shop.range)) == {shop.old}
    shop("rotate", "--yes", shop.old, check=0)
    whole(shop)


@pytest.mark.parametrize("op,when", [("CreateUser", "after"), ("CreateAccessKey", "after"), ("ListAccessKeys", "before"),
                                     ("DeleteAccessKey", "after"), ("DeleteUser", "before"), ("DeleteUser", "after")])
def test_killed_anywhere_the_same_words_go_on(shop, op, when):
    assert killed_at(shop, op, when, ["rotate", "--yes", shop.old]) == -signal.SIGKILL
    shop("rotate", "--yes", shop.old, check=0)
    known = registry(shop)
    extra = [k for k, c in known.items() if k != shop.old and c["secret_kept"]]
    if extra:       # a half-made canary was finished besides; it is ready for the next plant
        shop("retire", "--yes", *extra, check=0)
    assert known[shop.old]["state"] == "retired" and shop.old not in shop.repo.read(".env.production")
    there = keys(shop.range)
    (new,) = there
    assert new in shop.repo.read(".env.production") and there[new]["secret"] in shop.repo.read(".env.production")
    assert journal(shop) == [] and set(users(shop.range)) == {there[new]["user"]}


def test_an_inert_bait_is_rotated_without_a_call(keycanary, tmp_path):
    (keycanary.home / ".gitconfig").write_text("[user]\n\tname = Ana Ruiz\n\temail = ana@shopwerk.io\n")
    repo = Repo(tmp_path / "shop", {".env.production": ENV})
    keycanary("mint", "--inert", "--account", "592694688519", check=0)
    keycanary("plant", "--inert", "--repo", repo.path, "--bait", "dotenv", check=0)
    (old,) = registry(keycanary)
    keycanary("rotate", "--yes", old, check=0)
    known = registry(keycanary)
    (new,) = set(known) - {old}
    assert new in repo.read(".env.production") and {c["state"] for c in known.values()} == {"inert"}

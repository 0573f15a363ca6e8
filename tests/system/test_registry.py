"""The registry: what import takes and refuses, where it is kept, and how."""
import json
import sqlite3
import stat

import pytest

from conftest import ACCOUNT, KEY, USER

SECOND = "AKIAYT723HMDSAE2OSWA"
SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00"


def listed(keycanary, *args):
    out = json.loads(keycanary("list", "--json", *args, check=0).stdout)
    return {c["key_id"]: c for c in (out["canaries"] if isinstance(out, dict) else out)}


def given(tmp_path, name, text):
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


ANSWER = {"AccessKey": {"UserName": USER, "AccessKeyId": KEY, "Status": "Active", "SecretAccessKey": SECRET,
                        "CreateDate": "2025-03-04T05:06:07+00:00"}}

GOOD = {
    "header": f"key_id,user_name,account,owner,tags,note\n{KEY},{USER},{ACCOUNT},team-a,prod;mail,\"a, \"\"b\"\"\"\n",
    "other order": f"note,user_name,key_id\nx,{USER},{KEY}\n",
    "no header": f"{KEY},{USER}\n",
    "crlf and bom": b"\xef\xbb\xbf" + f"key_id,user_name\r\n{KEY},{USER}\r\n\r\n# a comment\r\n".encode(),
    "answer": json.dumps(ANSWER),
    "answer, indented": json.dumps(ANSWER, indent=4),
    "console download": f"Access key ID,Secret access key\n{KEY},{SECRET}\n",
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_taken(keycanary, tmp_path, name):
    keycanary("import", given(tmp_path, "keys", GOOD[name]), check=0)
    c = listed(keycanary)[KEY]
    assert c["account"] == ACCOUNT      # told by the key id itself
    if "console" not in name:
        assert c["user_name"] == USER
    keycanary("import", given(tmp_path, "keys", GOOD[name]))     # again: nothing doubles
    assert len(listed(keycanary)) == 1
    state = tmp_path / "home" / ".local" / "state" / "keycanary"
    for file in state.iterdir():
        assert SECRET.encode() not in file.read_bytes(), "a secret is never taken"


def test_several_answers_one_after_the_other(keycanary, tmp_path):
    second = {"AccessKey": {"UserName": "other", "AccessKeyId": SECOND}}
    keycanary("import", given(tmp_path, "keys", json.dumps(ANSWER) + "\n" + json.dumps(second)), check=0)
    assert set(listed(keycanary)) == {KEY, SECOND}


BAD = {
    "alphabet": (f"{KEY},a\nAKIA0T723HMDSAE2OSWA,b\n", "line 2", "'0'"),
    "short": (f"{KEY},a\nAKIAYT72\n", "line 2", "AKIAYT72"),
    "session key": (f"\n\n{KEY}\nASIAYT723HMDSAE2OSWA,b\n", "line 4", "temporary"),
    "wrong account": (f"key_id,account\n{KEY},{ACCOUNT}\n{SECOND},111122223333\n", "line 3", ACCOUNT),
    "open quote": (f"{KEY},\"a\n{SECOND},b\n", "line 1", "quote"),
    "twice": (f"{KEY}\n{SECOND}\n{KEY}\n", "line 3", "twice"),
    "user name": (f"{KEY},a b\n", "line 1", "user name"),
    "unknown column": ("key_id,colour\n", "line 1", "colour"),
    "nul": (f"{KEY},a\n{SECOND},b\0c\n", "line 2", "NUL"),
    "cut JSON": (json.dumps(ANSWER)[:-5], "JSON", "keys"),
    "JSON without a key": ('{"User": {"UserName": "x"}}', "AccessKeyId", "keys"),
    "nothing": ("", "keys", "nothing"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_line_is_named_and_nothing_is_half_taken(keycanary, tmp_path, name):
    text, where, what = BAD[name]
    r = keycanary("import", given(tmp_path, "keys", text))
    assert r.returncode == 1
    assert where in r.stderr and what in r.stderr and "keys" in r.stderr
    assert listed(keycanary) == {}


def test_a_wrong_file_takes_the_good_ones_with_it(keycanary, tmp_path):
    r = keycanary("import", given(tmp_path, "good", f"{KEY}\n"), given(tmp_path, "bad", "AKIAnope\n"))
    assert r.returncode == 1 and "bad" in r.stderr
    assert listed(keycanary) == {}


def modes(folder):
    return {f.name: stat.S_IMODE(f.stat().st_mode) for f in folder.iterdir() if f.is_file()}


@pytest.mark.parametrize("how", ["home", "xdg", "option"])
def test_the_state_is_for_its_owner_only(keycanary, tmp_path, how):
    keys = given(tmp_path, "keys", f"{KEY}\n")
    folder = {"home": tmp_path / "home" / ".local" / "state" / "keycanary", "xdg": tmp_path / "x" / "keycanary",
              "option": tmp_path / "o"}[how]
    if how == "xdg":
        keycanary.env["XDG_STATE_HOME"] = str(tmp_path / "x")
    keycanary("import", *(["--state", folder] if how == "option" else []), keys, check=0)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes(folder).values()) == {0o600}, modes(folder)
    assert (folder / "keycanary.db").is_file()


def test_a_newer_state_is_refused_and_left_alone(keycanary, tmp_path):
    keycanary("import", given(tmp_path, "keys", f"{KEY}\n"), check=0)
    file = tmp_path / "home" / ".local" / "state" / "keycanary" / "keycanary.db"
    db = sqlite3.connect(file)
    db.execute("PRAGMA user_version = 9999")
    db.commit()
    db.close()
    before = file.read_bytes()
    r = keycanary("list")
    assert r.returncode == 1 and "update keycanary" in r.stderr and "9999" in r.stderr
    assert file.read_bytes() == before


def test_a_state_that_is_no_database(keycanary, tmp_path):
    folder = tmp_path / "home" / ".local" / "state" / "keycanary"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "keycanary.db").write_text("this is no database, but somebody's notes" * 100)
    r = keycanary("list")
    assert r.returncode == 1 and "keycanary.db" in r.stderr or "not a database" in r.stderr


def test_show_and_list_answer_to_part_of_what_people_know(keycanary, tmp_path):
    keycanary("import", given(tmp_path, "keys", f"{KEY},{USER}\n{SECOND},other\n"), check=0)
    shown = keycanary("show", KEY, check=0).stdout
    assert USER in shown and ACCOUNT in shown
    r = keycanary("show", "AKIAYT723HMDSAE2OSWC")
    assert r.returncode == 1 and "AKIAYT723HMDSAE2OSWC" in r.stderr

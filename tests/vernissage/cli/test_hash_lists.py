import json

import pytest

LIST = f"hash,kind\n{'0' * 64},pdq\n{'1' * 64},sha256\n"


@pytest.fixture
def file(tmp_path, data_dir):
    path = tmp_path / "archive.csv"
    path.write_text(LIST, "utf-8")
    return path


def test_a_list_is_brought_in_shown_and_removed(vernissage, file, capsys):
    assert vernissage("hashes", "import", file, "--category", "minors") == 0
    vernissage("hashes", "list", "--json")
    said, line = capsys.readouterr().out.splitlines()
    assert said == "archive: 2 entries (mixed)"
    shown = json.loads(line)
    assert (shown["name"], shown["category"], shown["active"]) == (
        "archive",
        "minors",
        True,
    )
    vernissage("hashes", "list")
    assert capsys.readouterr().out.startswith("* archive: 2 entries (mixed), minors")

    assert vernissage("hashes", "remove", "archive") == 0

    capsys.readouterr()
    vernissage("hashes", "list")
    assert capsys.readouterr().out == ""
    assert vernissage("hashes", "remove", "archive") == 1


def test_every_malformed_line_is_named(vernissage, file, capsys):
    file.write_text("hash,kind\nzz,pdq\n,pdq\n", "utf-8")

    assert vernissage("hashes", "import", file) == 1

    first, second, last = capsys.readouterr().err.splitlines()
    assert first == f"{file}, line 2: a hash is 64 hexadecimal digits, got 'zz'"
    assert ", line 3: " in second
    assert last == "2 malformed lines: nothing was imported"


def test_a_name_is_taken_once_and_a_category_known(vernissage, file, capsys):
    vernissage("hashes", "import", file)

    assert vernissage("hashes", "import", file) == 1
    assert vernissage("hashes", "import", file, "--category", "rude") == 2
    assert "There is already a list “archive”." in capsys.readouterr().err

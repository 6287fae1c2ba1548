from vernissage.db.migrate import newest


def test_an_upgrade_makes_the_database(vernissage, data_dir, capsys):
    (data_dir / "vernissage.sqlite3").unlink()

    vernissage("db", "current")
    code = vernissage("db", "upgrade")
    vernissage("db", "current")

    assert code == 0
    assert capsys.readouterr().out.splitlines() == [
        "database empty",
        f"program {newest()}",
        f"The database is at revision {newest()}.",
        f"database {newest()}",
        f"program {newest()}",
    ]

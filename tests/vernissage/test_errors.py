from vernissage.errors import BadInput


def test_bad_input_fills_its_values_in_and_keeps_them_for_translators():
    error = BadInput("seed", "from 0 to %(most)s", most=9)

    assert str(error) == "from 0 to 9"
    assert (error.field, error.problem, error.values) == (
        "seed",
        "from 0 to %(most)s",
        {"most": 9},
    )


def test_bad_input_without_values_is_said_as_it_stands():
    assert str(BadInput("prompt", "100% empty")) == "100% empty"

from io import BytesIO
from itertools import pairwise

from PIL import Image

from datasets_cleaning.pair import Blob, Pair, uid
from datasets_cleaning.report.gallery import SIDE, blurred
from tests.datasets_cleaning.specimens import jpeg


def blob(data):
    return Blob(name="1.jpg", extension=".jpg", size=len(data), read=lambda: data)


def test_a_thumbnail_is_small_andblurred():
    data = jpeg(1, side=256)
    pair = Pair(index=0, key="1", image=blob(data), caption="a lake")

    small = blurred(pair, uid(data, "a lake"))

    assert small is not None
    shown = Image.open(BytesIO(small))
    assert max(shown.size) == SIDE
    columns = shown.convert("L").resize((64, 1)).tobytes()
    steps = [abs(a - b) for a, b in pairwise(columns)]
    assert max(steps) < 24


def test_what_has_changed_since_is_not_shown():
    pair = Pair(index=0, key="1", image=blob(jpeg(1)), caption="a lake")

    assert blurred(pair, uid(jpeg(2), "a lake")) is None

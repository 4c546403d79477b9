import subprocess
import sys

import nobodyasked.inference


def test_every_public_name_is_there() -> None:
    for name in nobodyasked.inference.__all__:
        assert getattr(nobodyasked.inference, name).__name__ == name
    assert sorted(nobodyasked.inference.__all__) == nobodyasked.inference.__all__
    assert set(nobodyasked.inference.__all__) == set(nobodyasked.inference._HOME)


def test_importing_the_room_loads_no_heavy_library() -> None:
    code = "import sys, nobodyasked.inference; print([m for m in ('onnxruntime','scipy','sknetwork','tokenizers','onnx','numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_finding_loads_nothing_of_the_model() -> None:
    code = "import sys; from nobodyasked.inference import find, HashedWords, Message; find([Message(1,'the zip broke')], HashedWords()); print('onnxruntime' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

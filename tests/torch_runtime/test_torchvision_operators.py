import subprocess
import sys

IMPORTS = """
import importlib
import torch_runtime.torchvision_operators
importlib.reload(torch_runtime.torchvision_operators)
import generation.checkpoints.networks
"""


def test_the_networks_import_beside_whatever_torchvision_is_installed():
    done = subprocess.run([sys.executable, "-W", "error", "-c", IMPORTS], check=False)

    assert done.returncode == 0

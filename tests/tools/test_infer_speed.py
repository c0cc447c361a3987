"""How much of the time of infer is the network's."""

import pytest
import torch
from helpers import REPO, run
from mmengine.config import Config
from mmseg.registry import MODELS
from odd_images import noise
from PIL import Image

# In a process of its own and with a thread for the network alone, as in the tool.
THROUGHPUT = """
import sys, time
from concurrent.futures import ThreadPoolExecutor
import cv2, numpy
from srm_mmseg.engine.kept_memory import keep_freed_memory
keep_freed_memory()
cv2.setNumThreads(1)
from srm_mmseg.apis import SaliencyInferencer

def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

inferencer = SaliencyInferencer(*sys.argv[1:3])
batch = numpy.zeros((8, *inferencer.backend.scale[::-1], 3), numpy.uint8)
bare = lambda: [inferencer.backend(batch) for _ in range(6)]
for _ in range(3):
    with ThreadPoolExecutor(1) as network:
        forward = network.submit(seconds, bare).result()
    print('seconds', forward, seconds(lambda: list(inferencer(sys.argv[3]))))
"""


@pytest.mark.slow
@pytest.mark.alone
def test_throughput_is_that_of_the_network(tmp_path):
    """With the main model; a small one on few cores shares them with the decoding of files."""
    config = REPO / 'configs/srm_r50_duts.py'
    model = MODELS.build(Config.fromfile(config).model)  # random weights
    torch.save(model.state_dict(), tmp_path / 'random.pth')
    (tmp_path / 'photos').mkdir()
    for index in range(48):  # filling and draining the stream is a small part
        Image.fromarray(noise(400, 300, index)).save(tmp_path / f'photos/{index}.jpg')
    done = run('python', '-c', THROUGHPUT, config, tmp_path / 'random.pth', tmp_path / 'photos')
    rounds = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith('seconds')]
    network, whole = (min(map(float, times)) for times in zip(*rounds))
    assert network / whole >= 0.9

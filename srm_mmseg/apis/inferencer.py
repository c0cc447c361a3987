"""Saliency maps of photographs, in a stream."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any, overload

import cv2
import numpy as np

from srm_mmseg.apis.backend import Backend
from srm_mmseg.apis.fastest import settled
from srm_mmseg.apis.model_choice import ModelChoice
from srm_mmseg.apis.open_backend import open_backend
from srm_mmseg.apis.ordered import batched, mapped
from srm_mmseg.apis.sources import Source, sources
from srm_mmseg.datasets.image_memory import MAP_BYTES, limit, shared_memory
from srm_mmseg.datasets.photograph import on_white
from srm_mmseg.saliency import pictures
from srm_mmseg.saliency.eight_bits import quantise
from srm_mmseg.zoo.cards import DEFAULT


@dataclass(frozen=True)
class Saliency:
    """The result for an image.

    Attributes:
        source: The image.
        map: The foreground's probability, H x W, float32, 0 to 1, at the image's size.
        stages: All stages' maps, T x H x W, float32, if they were asked for.

    Example:
        >>> image = np.full((4, 5, 3), 200, np.uint8)
        >>> source = Source('a', 'a.jpg', lambda: image)
        >>> saliency = Saliency(source, np.full((4, 5), 0.5, np.float32))
        >>> saliency.levels()[0, 0], saliency.cutout().shape
        (np.uint8(128), (4, 5, 4))
    """

    source: Source
    map: np.ndarray = field(repr=False)
    stages: np.ndarray | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What outputs are called: a file's path below its folder without the suffix."""
        return self.source.name

    @cached_property
    def pixels(self) -> np.ndarray:
        """The image: RGB, H x W x 3, or RGBA if a pixel is not opaque; uint8.

        It is decoded when it is asked for, so that a stream holds few at once, and once for all
        pictures of this result.
        """
        pixels = self.source.read()
        if pixels.shape[:2] != self.map.shape:
            raise ValueError(
                f'Expected {self.source.origin} to stay as it was, but its size changed from '
                f'{self.map.shape} to {pixels.shape[:2]}. Run again.'
            )
        return pixels

    @property
    def image(self) -> np.ndarray:
        """The image as the network saw it, transparent parts on white: RGB, H x W x 3, uint8."""
        return on_white(self.pixels)

    def levels(self) -> np.ndarray:
        """Round the map to 8 bits, H x W, uint8: what ``tools/test.py --out`` writes."""
        return quantise(self.map)

    def cutout(self) -> np.ndarray:
        """Cut the object out: RGBA, H x W x 4, uint8; alpha is the smaller of map and image's."""
        return pictures.cutout(self.pixels, self.levels())

    def overlay(self) -> np.ndarray:
        """Paint the object over the image: RGB, H x W x 3, uint8."""
        return pictures.overlay(self.image, self.levels())

    def strip(self) -> np.ndarray:
        """Put the image, its stages and its cut-out side by side: RGB, uint8.

        Each is 640 pixels long at most.

        Raises:
            ValueError: If stages were not asked for.
        """
        if self.stages is None:
            raise ValueError('Expected stages, but got none: call the inferencer with stages=True.')
        return pictures.strip(self.image, quantise(self.stages), self.cutout()[..., 3])


@dataclass(frozen=True)
class Failure:
    """An image that could not be read.

    Attributes:
        source: The image.
        error: Why.

    Example:
        >>> source = Source('a', 'a.jpg', lambda: np.zeros((4, 5, 3), np.uint8))
        >>> str(Failure(source, ValueError('Expected an image.')).error)
        'Expected an image.'
    """

    source: Source
    error: Exception


@dataclass(frozen=True)
class _Loaded:
    """An image ready for the network: BGR at the network's size, and the size it had."""

    source: Source
    pixels: np.ndarray
    size: tuple[int, int]


class SaliencyInferencer:
    """Computes maps of paths, folders, patterns, arrays and PIL images.

    Images are decoded by threads beside the network, in batches, and results come in the inputs'
    order at constant memory, however many there are::

        inferencer = SaliencyInferencer()  # of the model in the box
        for saliency in inferencer('photos'):
            Image.fromarray(saliency.cutout()).save(f'{saliency.name}.png')

    Args:
        config: Name of a model of the zoo; config file of a model of one's own; a :class:`Backend`; or a
            file of ``tools/export.py``, ONNX, OpenVINO's or TorchScript, which needs no checkpoint.
            The zoo's models and the first two need neither the toolbox nor PyTorch.
        checkpoint: Path or URL of a config's weights; they must fit the model exactly, and cannot run
            code.
        device: 'auto' (the first GPU, or the CPU without one), or one by the name that the engine has
            for it: 'cuda:1' of PyTorch and onnxruntime, 'GPU' (Intel's) of OpenVINO. The zoo's models
            and OpenVINO run on the CPU unless a GPU is named.
        batch_size: Images a forward pass.
        dtype: 'float32', 'bfloat16' or 'float16' fold the weights for speed and compute in that type, by
            PyTorch; 'auto' takes the fastest of the engines and types that can be had here, by
            trying, see :mod:`~srm_mmseg.apis.fastest`; None leaves the model as in testing.
        precision: 'f32', 'bf16', 'int8' or 'auto': OpenVINO runs an exported model, computing in that.

    Attributes:
        backend: What computes.
        choice: The :class:`~srm_mmseg.apis.model_choice.ModelChoice` that it was opened from; of a
            backend of one's own, its class's name.

    Raises:
        FileNotFoundError: If there is no such file.
        ImportError: If MMSegmentation or the engine is missing.
        UnpicklingError: If the checkpoint could run code.
        ValueError: If config, weights, batch size, device, dtype or precision are not what is needed.

    Example:
        With a backend that takes bright pixels for salient, in place of a config and weights:

        >>> class Brightness(Backend):
        ...     scale = (16, 16)
        ...
        ...     def __call__(self, images):
        ...         return images.mean(axis=3)[:, None] / 255
        >>> inferencer = SaliencyInferencer(Brightness(), batch_size=2)
        >>> images = [np.full((40, 50, 3), value, np.uint8) for value in (0, 255)]
        >>> [float(saliency.map.mean()) for saliency in inferencer(images)]
        [0.0, 1.0]
        >>> [failure] = inferencer('missing.jpg', raise_errors=False)
        >>> type(failure.error).__name__
        'FileNotFoundError'
    """

    def __init__(
        self,
        config: str | Path | Backend = DEFAULT,
        checkpoint: str | Path | None = None,
        device: str = 'auto',
        batch_size: int = 8,
        dtype: Any = None,
        precision: str | None = None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f'Expected batch_size to be 1 or more, but got {batch_size}.')
        if isinstance(config, Backend):
            self.choice = ModelChoice(type(config).__name__)
        else:
            choice = ModelChoice(config, checkpoint, device, dtype, precision)
            self.choice = settled(choice, batch_size)
            config = open_backend(self.choice, batch_size)
        self.backend = config
        self.batch_size = batch_size

    @property
    def runs_on(self) -> str:
        """Say what computes, and on which device; for dtype='auto' also why."""
        return ': '.join(filter(None, (self.backend.runs_on, self.choice.reason)))

    @classmethod
    def of(cls, backend: Backend, batch_size: int = 8) -> SaliencyInferencer:
        """Make an inferencer of what runs a network in a way of its own."""
        return cls(backend, batch_size=batch_size)

    @overload
    def __call__(
        self, inputs: Any, stages: bool = ..., images: bool = ...
    ) -> Iterator[Saliency]: ...

    @overload
    def __call__(
        self, inputs: Any, stages: bool = ..., images: bool = ..., *, raise_errors: bool
    ) -> Iterator[Saliency | Failure]: ...

    def __call__(
        self,
        inputs: Any,
        stages: bool = False,
        images: bool = False,
        *,
        raise_errors: bool = True,
    ) -> Iterator[Saliency | Failure]:
        """Compute maps one after the other.

        Args:
            inputs: A path, folder (with its subfolders), pattern such as ``photos/**/*.jpg``, array,
                PIL image, :class:`Source`, or an iterable of them, which is drawn from as results
                are taken. Arrays are uint8, 0 to 255: H x W (grey), H x W x 3 (**RGB**) or
                H x W x 4 (RGBA). EXIF orientation and ICC profiles are applied; grey, 16-bit and CMYK
                images become RGB, the network sees what is transparent on white, and of an animation
                the first frame counts.
            stages: Whether results hold every stage's map, not the final one alone.
            images: Whether results hold their images too, so that a picture of one decodes it no
                more. Large ones are not held: all at once take half of the limit for a picture.
            raise_errors: Whether an image that cannot be read ends the stream. Otherwise a
                :class:`Failure` takes its place.

        Yields:
            A :class:`Saliency` an image, in order.

        Raises:
            OSError: If there is no such file, or it cannot be read.
            TypeError: If an input is none of these.
            ValueError: If a file is no complete image, or an array has another form.
        """
        threads = os.cpu_count() or 1
        with ThreadPoolExecutor(threads) as pool, ThreadPoolExecutor(1) as network:
            ahead = self.batch_size + threads
            most_held = limit() // 2 // (ahead + 3 * self.batch_size) if images else 0
            load = partial(self._load, most_held=most_held)
            loaded = mapped(pool, load, sources(inputs), ahead)
            scored = mapped(network, self._score, batched(loaded, self.batch_size), 2)
            finish = partial(self._finish, stages=stages)
            ready = chain.from_iterable(scored)
            for result in mapped(network, finish, ready, 2, _map_bytes, limit()):
                if isinstance(result, Failure) and raise_errors:
                    raise result.error
                yield result

    def _load(self, source: Source, most_held: int) -> _Loaded | Failure:
        """Decode an image and resize it for the network; hold it if it has few bytes."""
        with shared_memory():
            try:
                decoded = source.read()
                image = on_white(decoded)
            except (OSError, ValueError, MemoryError) as error:
                return Failure(source, error)
            pixels = cv2.resize(image, self.backend.scale, interpolation=cv2.INTER_LINEAR)
            size = image.shape[:2]
            if decoded.nbytes <= most_held:
                source = source._replace(read=partial(np.asarray, decoded))
            del image, decoded
        return _Loaded(source, pixels[..., ::-1], size)

    def _score(self, batch: list[_Loaded | Failure]) -> list[tuple[_Loaded | Failure, Any]]:
        """Run the network on what could be loaded."""
        images = [one.pixels for one in batch if isinstance(one, _Loaded)]
        scores = iter(self.backend(np.stack(images)) if images else ())
        return [(one, next(scores) if isinstance(one, _Loaded) else None) for one in batch]

    def _finish(self, scored: tuple[_Loaded | Failure, Any], stages: bool) -> Saliency | Failure:
        """Bring an image's maps to its size."""
        one, scores = scored
        if isinstance(one, Failure):
            return one
        maps = self.backend.maps(scores, one.size, stages)
        if not stages:
            return Saliency(one.source, maps[0])
        return Saliency(one.source, maps[self.backend.stage], maps)


def _map_bytes(scored: tuple[_Loaded | Failure, Any]) -> int:
    """Tell how much memory the map of an image takes, and what is drawn of it."""
    one = scored[0]
    return MAP_BYTES * one.size[0] * one.size[1] if isinstance(one, _Loaded) else 0

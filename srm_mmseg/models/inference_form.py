"""What a part of a model promises that can be made smaller for inference."""

from __future__ import annotations

from abc import ABC, abstractmethod


class InferenceForm(ABC):
    """A module with a form for inference alone, which computes the same with less.

    ``engine.fast_inference`` takes every module of this class to it, and no other that happens to
    have a method of that name.
    """

    @abstractmethod
    def merge_for_inference(self) -> None:
        """Take on the form, in place and for good: the module cannot be trained any more."""

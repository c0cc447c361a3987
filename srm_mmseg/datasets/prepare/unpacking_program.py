"""Read what a program prints; it may neither print without end, nor hang, nor fill the memory."""

from __future__ import annotations

import io
import os
import resource
import select
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

SILENCE = 120  # seconds in which it prints nothing
MEMORY_BYTES = 2 << 30
REST_BYTES = 1 << 20  # that may follow what is read, such as the padding of a tar


class _Pipe(io.RawIOBase):
    """A pipe that ends with an error if nothing comes for long."""

    def __init__(self, pipe: IO[bytes], name: str, silence: float) -> None:
        self.pipe, self.name, self.silence = pipe, name, silence

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if not select.select([self.pipe], [], [], self.silence)[0]:
            raise EOFError(f'{self.name} printed nothing for {self.silence:g} s')
        data = os.read(self.pipe.fileno(), len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def printed(*command: str, silence: float = SILENCE) -> Iterator[IO[bytes]]:
    """Run a program and read what it prints.

    Args:
        command: The program and its arguments; it gets at most :data:`MEMORY_BYTES` of memory.
        silence: Seconds in which it may print nothing.

    Raises:
        EOFError: If the program fails, hangs, or prints more than is read.
    """
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            command, bufsize=0, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as process:
            assert process.stdout
            resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
            try:
                output = io.BufferedReader(_Pipe(process.stdout, command[0], silence))
                yield output
                if len(output.read(REST_BYTES + 1)) > REST_BYTES:
                    raise EOFError(f'{command[0]} prints more than the files that it lists')
                if _status(process, command[0], silence):
                    errors.seek(0)
                    said = errors.read(2000).decode(errors='replace')
                    raise EOFError(f'{command[0]} failed: {said}')
            finally:
                process.kill()


def _status(process: subprocess.Popen, name: str, silence: float) -> int:
    """Wait for a program that prints no more."""
    try:
        return process.wait(silence)
    except subprocess.TimeoutExpired:
        raise EOFError(f'{name} did not end for {silence:g} s') from None

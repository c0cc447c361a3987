"""A folder of pictures that a run which was stopped, or another run beside it, can go on with."""

from __future__ import annotations

import errno
import os
import os.path as osp
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from tqdm import tqdm

from srm_mmseg.apis.fingerprint import Fingerprint, fingerprint, is_still
from srm_mmseg.apis.output_note import Note, locked, read_note, remove_note, write_note
from srm_mmseg.apis.sources import Source
from srm_mmseg.whole_file import write_whole

# What a disk answers to a single name: other files can still be written.
OF_A_NAME = (
    *(errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL),
    *(errno.EISDIR, errno.ENOTDIR, errno.EEXIST),
)
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
SAVE_SECONDS = 1.0  # between writes of the note: what a run that is killed draws again
SAVE_SHARE = 0.05  # of the time goes to writing the note, at most


class OutputError(OSError):
    """Nothing more can be written to an output folder; the message names a file and the remedy."""


def picture_path(out: Path, kind: str, name: str) -> Path:
    """Tell where a picture of a kind goes in an output folder."""
    return out / kind / name


class OutputFolder:
    """Pictures ``FOLDER/KIND/NAME`` and the note of what they are of, ``FOLDER/model.json``.

    The note holds a digest of a file only while all of its pictures that are there are of a file
    with this digest: it is taken out before another's is written, and put in after the last. So
    whenever a run ends, nothing that is noted is stale. Several runs may write to one folder.

    Args:
        path: The folder; it is made when it is claimed.
        kinds: The kinds of pictures that are to be written.
        all_kinds: Those that there may be.
        model: What tells the model from others.
    """

    def __init__(
        self,
        path: Path,
        kinds: Sequence[str],
        all_kinds: Sequence[str],
        model: Mapping[str, Any],
    ) -> None:
        self.path, self.kinds, self.all_kinds, self.model = path, kinds, all_kinds, dict(model)
        self._note = path / 'model.json'
        self._known: dict[str, dict[str, Any]] = {}
        self._drawn: dict[str, dict[str, Any]] = {}
        self._seen: dict[str, tuple[str, Fingerprint]] = {}
        self._made: list[Path] = []
        self._guard = Lock()
        self._next_save = 0.0

    def picture(self, kind: str, name: str) -> Path:
        """Tell where a picture goes."""
        return picture_path(self.path, kind, name)

    def claim(
        self,
        origins: Mapping[str, str | int],
        overwrite: bool = False,
        others: Iterable[str] = (),
    ) -> list[str]:
        """Note the model and the files that pictures are of, and remove what is stale of them.

        Args:
            origins: What the pictures are of, by the pictures' file names: a path, or the index of a
                webcam, which is always drawn.
            overwrite: Remove all pictures of these names, and take over from another model.
            others: Names that runs beside this one draw: the disk must tell them from these.

        Returns:
            The names that are to be drawn.

        Raises:
            OutputError: If the folder cannot be written to.
            ValueError: If there are pictures of another model or file, or the disk takes two names
                for one.
        """
        for folder in (self.path, *(self.path / kind for kind in self.kinds)):
            if osp.lexists(folder) and not folder.is_dir():
                raise ValueError(
                    f'Expected {str(folder)!r} to be a folder to write to, but it is none. Remove it, '
                    'or name another --out.'
                )
        self._made = [one for one in (self.path, *self.path.parents) if not one.exists()]
        paths = {name: _place(one) for name, one in origins.items() if isinstance(one, str)}
        with self.writing(self._note), locked(self._note):
            note = self._claimed(overwrite)
            for name in origins:
                if not overwrite:
                    self._refuse_pictures_of_another(name, paths.get(name), note)
            for name in origins if overwrite else ():
                self._remove_pictures(name)
                note.sources.pop(name, None)
            for name, path in paths.items():
                note.sources.setdefault(name, {'path': path})
            self._known = {name: note.sources.get(name, {}) for name in origins}
            note.model = self.model
            write_note(note, self._note)
            self._refuse_alike({**origins, **dict.fromkeys(others)})
        stale, todo = self._to_draw(origins)
        self._forget(stale)
        return todo

    def watched(self, name: str, source: Source) -> Source:
        """Note what a file holds when it is read first, before it is read."""

        def read() -> Any:
            if name not in self._seen and osp.isfile(source.origin):
                self.look(name, source.origin)
            return source.read()

        return source._replace(read=read)

    def look(self, name: str, path: str) -> None:
        """Note what a file holds that pictures are going to be drawn of.

        Raises:
            OSError: If it cannot be read.
            OutputError: If the folder cannot be written to.
        """
        seen = fingerprint(path)
        if self._known[name].get('sha256') not in (None, seen.sha256):  # changed since the claim
            self._forget([name])
        self._seen[name] = _place(path), seen

    def write(self, kind: str, name: str, data: bytes) -> None:
        """Write a picture.

        Raises:
            OutputError: If nothing more can be written.
            ValueError: If the disk does not take this one.
        """
        with self.writing(self.picture(kind, name)):
            write_whole(data, self.picture(kind, name))

    def done(self, name: str) -> None:
        """Note that all pictures of a file are there; the note is written now and then.

        Raises:
            OutputError: If the note cannot be written, or is another model's now.
        """
        if name not in self._seen:  # a webcam
            return
        path, seen = self._seen.pop(name)
        with self._guard:
            self._drawn[name] = {'path': path, **seen._asdict()}
            if time.monotonic() >= self._next_save:
                self._save()

    def save(self) -> None:
        """Write what is not in the note yet.

        Raises:
            OutputError: As :meth:`done`.
        """
        with self._guard:
            if self._drawn:
                self._save()

    def withdraw(self) -> None:
        """Take the claim of what has no picture back; without any, note and new folders go too.

        Raises:
            OutputError: If the note cannot be written.
        """
        with self.writing(self._note), locked(self._note):
            note = read_note(self._note)
            for name in self._known:
                if not any(osp.lexists(self.picture(kind, name)) for kind in self.all_kinds):
                    note.sources.pop(name, None)
            if note.sources or note.model != self.model:
                write_note(note, self._note)
                return
            remove_note(self._note)
        for folder in (*(self.path / kind for kind in self.kinds), *self._made):
            with suppress(OSError):  # something else is in it
                folder.rmdir()

    @contextmanager
    def writing(self, path: Path) -> Iterator[None]:
        """Turn what a disk answers into errors that name the file and the remedy.

        Raises:
            OutputError: If nothing more can be written.
            ValueError: If the disk does not take this file's name.
        """
        try:
            yield
        except OutputError:
            raise
        except OSError as error:
            reason = error.strerror or str(error)
            if error.errno in OF_A_NAME:
                raise ValueError(
                    f'Expected to write {str(path)!r}, but the disk does not take this name: '
                    f'{reason}. Rename the input, or name a folder on another disk with --out.'
                ) from error
            remedy = 'Make room' if error.errno in NO_ROOM else 'See that the folder is writable'
            raise OutputError(
                f'Expected to write {str(path)!r}, but got: {reason}. {remedy}, and the same command '
                'goes on; or name another folder with --out.'
            ) from error

    def _claimed(self, overwrite: bool) -> Note:
        """Read the note, and refuse another model's."""
        try:
            note = read_note(self._note)
        except ValueError:
            if not overwrite:
                raise
            note = Note()
        if note.model not in (None, self.model):
            if not overwrite:
                raise ValueError(
                    f'Expected {str(self.path)!r} to hold pictures of this model, but '
                    f'{str(self._note)!r} names another. Name another --out, or write over them all '
                    'with --overwrite.'
                )
            note = Note()
        return note

    def _refuse_pictures_of_another(self, name: str, path: str | None, note: Note) -> None:
        """Refuse a name that has pictures of another file, or of nobody knows what."""
        known = note.sources.get(name, {}).get('path')
        is_there = any(osp.lexists(self.picture(kind, name)) for kind in self.all_kinds)
        if is_there and (path is None or known not in (path, osp.realpath(path))):
            raise ValueError(
                f'Expected pictures called {name!r} in {str(self.path)!r} to be of '
                f'{path or "an earlier run"!r}, but got those of {known or "an unknown source"!r}. '
                'Name another --out, give the folder above the inputs (names keep sub-folders), or '
                'write over them with --overwrite.'
            )
        if not is_there:
            note.sources.pop(name, None)

    def _refuse_alike(self, names: Iterable[str]) -> None:
        """Refuse names that the disk takes for one, once the note is there to try it with."""
        if not self._note.with_name(self._note.name.upper()).exists():
            return
        first: dict[str, str] = {}
        for name in names:
            other = first.setdefault(unicodedata.normalize('NFC', name).casefold(), name)
            if other != name:
                raise ValueError(
                    f'Expected names of which the disk of {str(self.path)!r} tells each from the '
                    f'others, but got {other!r} and {name!r}. Rename an input, or name a folder on '
                    'another disk with --out.'
                )

    def _to_draw(self, origins: Mapping[str, str | int]) -> tuple[list[str], list[str]]:
        """Compare the files with what is noted of them; name those that changed, and what to draw."""

        def state(name: str) -> tuple[bool, bool]:
            known, origin = self._known[name], origins[name]
            if isinstance(origin, int) or not known.get('sha256'):
                return True, True
            is_same = is_still(origin, known)
            return not is_same, not is_same or not all(
                self._is_there(kind, name) for kind in self.kinds
            )

        noted = sum('sha256' in known for known in self._known.values())
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            states = list(
                tqdm(
                    pool.map(state, origins),
                    'comparing with what was drawn',
                    total=len(origins),
                    unit='file',
                    leave=False,
                    delay=2,
                    disable=not noted,
                    dynamic_ncols=True,
                )
            )
        named = list(zip(origins, states))
        stale = [name for name, (is_stale, _) in named if is_stale]
        return stale, [name for name, (_, is_to_draw) in named if is_to_draw]

    def _is_there(self, kind: str, name: str) -> bool:
        """Whether a picture is there and not empty, as after a power cut."""
        path = self.picture(kind, name)
        return osp.isfile(path) and osp.getsize(path) > 0

    def _forget(self, names: list[str]) -> None:
        """Take digests out of the note, then remove the pictures that were of them."""
        with self._guard:
            noted = [name for name in names if self._known[name].get('sha256')]
            if noted:
                self._merge(lambda note: [note.sources.get(n, {}).pop('sha256', 0) for n in noted])
            for name in names:
                self._known[name].pop('sha256', None)
                self._drawn.pop(name, None)
                self._remove_pictures(name)

    def _remove_pictures(self, name: str) -> None:
        for kind in self.all_kinds:
            if osp.lexists(self.picture(kind, name)):
                with self.writing(self.picture(kind, name)):
                    self.picture(kind, name).unlink(missing_ok=True)  # another run may be as far

    def _save(self) -> None:
        """Add to the note what was drawn."""
        start = time.monotonic()
        self._merge(lambda note: note.sources.update(self._drawn))
        self._drawn = {}
        now = time.monotonic()
        self._next_save = now + max(SAVE_SECONDS, (now - start) / SAVE_SHARE)

    def _merge(self, change: Callable[[Note], Any]) -> None:
        """Change the note as it is now on disk, where other runs write as well."""
        with self.writing(self._note), locked(self._note):
            note = read_note(self._note)
            if note.model not in (None, self.model):
                raise OutputError(
                    f'Expected {str(self.path)!r} to stay with this model, but another run took it '
                    'over with --overwrite. Name another --out.'
                )
            change(note)
            note.model = self.model
            write_note(note, self._note)


def _place(path: str) -> str:
    """Tell where a file is, however its folder is reached; a link is a file of its own content."""
    folder, name = osp.split(path)
    return osp.join(osp.realpath(folder), name)

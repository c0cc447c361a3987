"""The page of ``tools/app.py``: photographs in, maps stage by stage and cut-outs out."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image, ImageColor, ImageOps

from srm_mmseg.apis.inferencer import SaliencyInferencer
from srm_mmseg.apis.pictures import cutout
from srm_mmseg.datasets.image_formats import refuse_huge
from srm_mmseg.evaluation.functional import quantise

MOST_FILES = 50
SECONDS_KEPT = 3600


@dataclass
class Visit:
    """The photographs of a visitor: a folder, the names of those drawn, and what was drawn of them."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix='srm_mmseg_')))
    names: list[str] = field(default_factory=list)
    drawn: list[Path] = field(default_factory=list)

    def file(self, name: str, what: str) -> Path:
        """Name the file of one of a photograph's pictures."""
        return self.folder / f'{name}_{what}.png'

    def add(self, stem: str, image: np.ndarray, stages: np.ndarray) -> str:
        """Keep a photograph, H x W x 3, RGB, and its maps, T x H x W, both uint8.

        Returns:
            Its name: the file's stem, with a number if another photograph has it.
        """
        names = (stem, *(f'{stem}-{i}' for i in range(2, len(self.names) + 3)))
        name = next(name for name in names if name not in self.names)
        Image.fromarray(image).save(self.file(name, 'image'), compress_level=1)
        drawn = {f's{t}': stage for t, stage in enumerate(stages, 1)}
        for what, picture in (drawn | {'cutout': cutout(image, stages[-1])}).items():
            Image.fromarray(picture).save(self.file(name, what))
            self.drawn.append(self.file(name, what))
        self.names.append(name)
        return name

    def archive(self) -> Path | None:
        """Pack all maps and cut-outs into one file, if there are any."""
        packed = self.folder / 'maps.zip'
        with zipfile.ZipFile(packed, 'w') as archive:  # PNGs are compressed already
            for file in self.drawn:
                archive.write(file, file.name)
        return packed if self.names else None

    def forget(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def build_page(inferencer: SaliencyInferencer, most_megapixels: float) -> gr.Blocks:
    """Lay out the page.

    Args:
        inferencer: What draws the maps.
        most_megapixels: Larger photographs are refused; millions of pixels.

    Returns:
        The page; its ``launch`` serves it.
    """
    cache = (SECONDS_KEPT // 6, SECONDS_KEPT)  # how often Gradio looks for copies of what age
    with gr.Blocks(title='Salient objects', analytics_enabled=False, delete_cache=cache) as page:
        visit = gr.State(None, time_to_live=SECONDS_KEPT, delete_callback=end_visit)
        gr.Markdown('# Salient objects\nDrop photographs; see their maps, cut their objects out.')
        with gr.Row():
            with gr.Column(scale=1):
                uploaded = gr.File(file_count='multiple', label='Photographs', height=150)
                report = gr.Markdown(elem_id='report')
                chosen = gr.Dropdown([], label='Shown', visible=False, elem_id='chosen')
                stage = gr.Slider(
                    1,
                    2,
                    1,
                    step=1,
                    label='Stage, from coarse to fine',
                    visible=False,
                    elem_id='stage',
                )
                background = gr.Radio(
                    ['transparent', 'colour', 'picture'],
                    value='transparent',
                    label='Background of the cut-out',
                    elem_id='background',
                )
                colour = gr.ColorPicker('#9ecae1', label='Colour', visible=False)
                picture = gr.Image(
                    label='Picture', type='filepath', sources=['upload'], visible=False
                )
            with gr.Column(scale=3):
                with gr.Row():
                    photograph, saliency, cut_out = (
                        gr.Image(
                            label=label, interactive=False, buttons=[], height=400, elem_id=id_
                        )
                        for label, id_ in (
                            ('Photograph', 'photograph'),
                            ('Map', 'map'),
                            ('Cut-out', 'cutout'),
                        )
                    )
                with gr.Row():
                    save_map = gr.DownloadButton('Save the map', elem_id='save-map')
                    save_cut_out = gr.DownloadButton('Save the cut-out', elem_id='save-cutout')
                    save_all = gr.DownloadButton('Save all', elem_id='save-all')
        settings: list[Any] = [visit, chosen, stage, background, colour, picture]
        shown = [photograph, saliency, cut_out, save_map, save_cut_out]
        uploaded.upload(
            partial(draw_maps, inferencer, most_megapixels),
            inputs=[uploaded, visit],
            outputs=[visit, chosen, stage, report, save_all],
            concurrency_limit=1,
        ).success(show, settings, shown)
        background.change(offer_background, background, [colour, picture])
        for setting in settings[1:]:
            setting.change(
                show, settings, shown, show_progress='hidden', trigger_mode='always_last'
            )
    return page.queue(max_size=20)


def draw_maps(
    inferencer: SaliencyInferencer,
    most_megapixels: float,
    paths: list[str],
    visit: Visit | None,
    progress: gr.Progress = gr.Progress(),
) -> tuple:
    """Draw the maps of uploaded files one after the other; name those that cannot be used."""
    if len(paths) > MOST_FILES:
        raise gr.Error(f'Expected at most {MOST_FILES} files at once, but got {len(paths)}.')
    visit = visit or Visit()
    added, failures, slider = [], [], gr.skip()
    for path in progress.tqdm([Path(path) for path in paths], desc='Drawing', unit='photographs'):
        try:
            refuse_huge(path, most_megapixels)
            (result,) = inferencer([path], stages=True)
            stages = quantise(np.asarray(result.stages))
            added.append(visit.add(path.stem, result.image, stages))
            last = len(stages)
            slider = gr.Slider(maximum=max(last, 2), value=last, visible=last > 1)
        except (OSError, ValueError) as error:
            failures.append(f'{path.name}: {str(error).replace(str(path), path.name)}')
            gr.Warning(failures[-1])
    chosen = next(iter(added or visit.names), None)
    return (
        visit,
        gr.Dropdown(visit.names, value=chosen, visible=bool(visit.names)),
        slider,
        '\n\n'.join([f'{len(added)} of {len(paths)} drawn.', *failures]),
        visit.archive(),
    )


def show(
    visit: Visit | None,
    name: str | None,
    stage: int,
    background: str,
    colour: str,
    picture: str | None,
) -> tuple:
    """Show a photograph, the map of a stage, and the object that this map cuts out."""
    if not (visit and name):
        return (None,) * 5
    saliency = visit.file(name, f's{stage}')
    with Image.open(visit.file(name, 'image')) as image, Image.open(saliency) as levels:
        cut = Image.fromarray(cutout(np.asarray(image), np.asarray(levels)))
    if background == 'colour':
        cut = on_background(cut, Image.new('RGBA', cut.size, as_rgba(colour)))
    elif background == 'picture' and picture:
        with Image.open(picture) as behind:
            upright = ImageOps.exif_transpose(behind).convert('RGBA')
        cut = on_background(cut, ImageOps.fit(upright, cut.size))
    saved = visit.folder / 'shown' / f'{name}_cutout.png'
    saved.parent.mkdir(exist_ok=True)
    cut.save(saved)
    return visit.file(name, 'image'), saliency, saved, saliency, saved


def offer_background(background: str) -> tuple:
    """Show the control that the chosen background needs."""
    return gr.ColorPicker(visible=background == 'colour'), gr.Image(visible=background == 'picture')


def on_background(cut: Image.Image, background: Image.Image) -> Image.Image:
    """Lay a cut-out on an opaque picture of the same size."""
    return Image.alpha_composite(background, cut).convert('RGB')


def as_rgba(colour: str) -> tuple[int, ...]:
    """Read a colour, '#rrggbb' or 'rgba(r, g, b, a)' with fractions of 255; the page sends both."""
    if colour.startswith('rgba'):
        channels = [float(part) for part in colour[5:-1].split(',')[:3]]
        return (*(round(channel) for channel in channels), 255)
    return (*ImageColor.getrgb(colour)[:3], 255)


def end_visit(visit: Visit | None) -> None:
    """Delete what a visitor has left."""
    if visit:
        visit.forget()

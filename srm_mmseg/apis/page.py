"""The page of ``tools/app.py``: photographs in, maps stage by stage and cut-outs out."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
import numpy as np
from PIL import Image, ImageColor, ImageOps

from srm_mmseg.apis.inferencer import SaliencyInferencer
from srm_mmseg.apis.sources import pixels_of_file
from srm_mmseg.apis.turns import Turns
from srm_mmseg.apis.visit import Visit
from srm_mmseg.datasets.image_formats import refuse_huge
from srm_mmseg.datasets.photograph import on_white
from srm_mmseg.datasets.toy_pairs import make_pair
from srm_mmseg.saliency.eight_bits import quantise
from srm_mmseg.saliency.encode import encode
from srm_mmseg.saliency.pictures import cutout
from srm_mmseg.whole_file import write_whole

MOST_FILES = 50
MOST_VISITORS = 10  # whose photographs take turns; others wait
SECONDS_KEPT = 3600
EXAMPLES = 3  # generated pictures
THEME = gr.themes.Default(font=['system-ui', 'sans-serif'], font_mono=['monospace'])
CSS = """
.pictures .image-frame {width: 100%}
.pictures img {
    width: auto !important; height: auto !important; max-width: 100%; max-height: 100%;
    background: repeating-conic-gradient(#cccccc 0 25%, #ffffff 0 50%) 0 0 / 16px 16px;
}
@media (max-width: 640px) { .pictures .block {height: auto !important} }
"""
SAVE = """(file) => {
    if (!file) return;
    const link = document.createElement('a');
    link.href = file.url;
    link.download = file.orig_name;
    link.click();
}"""


class Server(NamedTuple):
    """What visitors share.

    Attributes:
        inferencer: What draws the maps.
        most_megapixels: Larger photographs are refused; millions of pixels.
        folder: Has the visitors' folders.
        turns: In which their photographs are drawn, one at a time.
    """

    inferencer: SaliencyInferencer
    most_megapixels: float
    folder: Path
    turns: Turns


def build_page(
    inferencer: SaliencyInferencer, model: str, most_megapixels: float, folder: Path
) -> gr.Blocks:
    """Lay out the page.

    Args:
        inferencer: What draws the maps.
        model: What visitors read of it.
        most_megapixels: Larger photographs are refused; millions of pixels.
        folder: For visitors' pictures; the caller removes it.

    Returns:
        The page; its ``launch`` serves it.
    """
    cache = (SECONDS_KEPT // 6, SECONDS_KEPT)  # how often Gradio looks for copies of what age
    server = Server(inferencer, most_megapixels, folder, Turns())
    examples = draw_examples(folder)
    with gr.Blocks(title='Salient objects', analytics_enabled=False, delete_cache=cache) as page:
        visit = gr.State(None, time_to_live=SECONDS_KEPT, delete_callback=end_visit)
        gr.Markdown('# Salient objects\nDrop photographs; see their maps, cut their objects out.')
        gr.Markdown(f'Model: `{model}`', elem_id='model')
        with gr.Row():
            with gr.Column(scale=1):
                uploaded = gr.File(file_count='multiple', label='Photographs', height=150)
                tried = gr.Dataset(
                    components=[gr.Image(visible=False)],
                    samples=[[str(path)] for path in examples],
                    type='index',
                    label='Or try a generated picture',
                    elem_id='examples',
                )
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
                    label='Picture',
                    type='filepath',
                    image_mode=None,  # or Gradio decodes it, whatever its size
                    sources=['upload'],
                    visible=False,
                    elem_id='behind',
                )
            with gr.Column(scale=3):
                with gr.Row(elem_classes='pictures'):
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
                    save_all = gr.Button('Save all', elem_id='save-all')
                    archive = gr.File(visible=False)
        settings: list[Any] = [visit, chosen, stage, background, colour, picture]
        shown = [photograph, saliency, cut_out, save_map, save_cut_out]
        drawn: list[Any] = [visit, chosen, stage, report]
        for event, files in (
            (uploaded.upload, partial(draw_maps, server)),
            (tried.click, partial(draw_example, server, examples)),
        ):
            event(
                files,
                inputs=[uploaded if event == uploaded.upload else tried, visit],
                outputs=drawn,
                concurrency_limit=MOST_VISITORS,
                concurrency_id='draw',
            ).success(partial(show, server), settings, shown)
        save_all.click(partial(pack, folder), visit, archive).success(None, archive, js=SAVE)
        background.change(offer_background, background, [colour, picture])
        for setting in settings[1:]:
            setting.change(
                partial(show, server),
                settings,
                shown,
                show_progress='hidden',
                trigger_mode='always_last',
            )
    return page.queue(max_size=20)


def draw_examples(folder: Path) -> list[Path]:
    """Write generated pictures to click on."""
    paths = [folder / f'example-{index + 1}.png' for index in range(EXAMPLES)]
    for index, path in enumerate(paths):
        image, _ = make_pair(np.random.default_rng(index))
        write_whole(encode(image[..., ::-1]), path)
    return paths


def draw_maps(
    server: Server, paths: list[str], visit: Visit | None, progress: gr.Progress = gr.Progress()
) -> tuple:
    """Draw the maps of uploaded files one after the other; name those that cannot be used."""
    if len(paths) > MOST_FILES:
        raise gr.Error(f'Expected at most {MOST_FILES} files at once, but got {len(paths)}.')
    visit = visit or Visit.below(server.folder)
    added, failures, slider = [], [], gr.skip()
    for path in progress.tqdm([Path(path) for path in paths], desc='Drawing', unit='photographs'):
        try:
            with server.turns:
                refuse_huge(path, server.most_megapixels)
                (result,) = server.inferencer([path], stages=True, images=True)
                stages = quantise(np.asarray(result.stages))
                added.append(visit.add(path.stem, result.pixels, stages))
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
    )


def draw_example(
    server: Server,
    examples: list[Path],
    index: int,
    visit: Visit | None,
    progress: gr.Progress = gr.Progress(),
) -> tuple:
    """Draw the maps of a generated picture."""
    return draw_maps(server, [str(examples[index])], visit, progress)


def pack(folder: Path, visit: Visit | None) -> str | None:
    """Pack what a visitor has drawn, below Gradio's folder, so that it makes no copy."""
    if not (visit and visit.names):
        gr.Warning('There is nothing to save yet: drop photographs first.')
        return None
    return str(visit.pack(gradio_folder(folder)))


def gradio_folder(folder: Path) -> Path:
    """Name where Gradio keeps uploads and what it serves, below the server's folder."""
    return folder / 'gradio'


def show(
    server: Server,
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
        cut = on_picture(cut, Path(picture), server.most_megapixels)
    saved = visit.folder / 'shown' / f'{name}_cutout.png'
    write_whole(encode(np.asarray(cut)), saved)
    return visit.file(name, 'image'), saliency, saved, saliency, saved


def offer_background(background: str) -> tuple:
    """Show the control that the chosen background needs."""
    return gr.ColorPicker(visible=background == 'colour'), gr.Image(visible=background == 'picture')


def on_background(cut: Image.Image, background: Image.Image) -> Image.Image:
    """Lay a cut-out on an opaque picture of the same size."""
    return Image.alpha_composite(background, cut).convert('RGB')


def on_picture(cut: Image.Image, path: Path, most_megapixels: float) -> Image.Image:
    """Lay a cut-out on a picture file that fills its size; a bad file is named and left out."""
    try:
        refuse_huge(path, most_megapixels)
        behind = Image.fromarray(on_white(pixels_of_file(str(path)))).convert('RGBA')
    except (OSError, ValueError) as error:
        gr.Warning(f'{path.name}: {str(error).replace(str(path), path.name)}')
        return cut
    return on_background(cut, ImageOps.fit(behind, cut.size))


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

"""Serve a page that draws the maps of photographs and cuts their objects out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path
from pickle import UnpicklingError
from types import ModuleType

from srm_mmseg.apis import SaliencyInferencer
from srm_mmseg.apis.arguments import add_model_arguments, open_inferencer
from srm_mmseg.apis.server_folder import server_folder
from srm_mmseg.cli.quiet import quiet
from srm_mmseg.terminal import print_any_text


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add_model_arguments(parser)
    parser.add_argument('--host', default='127.0.0.1', help='0.0.0.0 lets other machines in')
    parser.add_argument('--port', type=port, default=7860)
    parser.add_argument('--most-mb', type=float, default=20, help='largest file, megabytes')
    parser.add_argument('--most-megapixels', type=float, default=50, help='largest photograph')
    parser.add_argument(
        '-v', '--verbose', action='store_true', help='print what the toolbox says as well'
    )
    return parser.parse_args()


def port(text: str) -> int:
    """Read a port's number."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f'expected a number up to 65535, but got {text!r}')
    return int(text)


def import_page() -> ModuleType:
    """Import the page, which needs Gradio."""
    try:
        from srm_mmseg.apis import page
    except ModuleNotFoundError as error:
        if error.name != 'gradio':
            raise
        sys.exit(
            "error: the page needs Gradio, which is not installed: pip install 'srm-mmseg[app]'"
        )
    return page


def stop(*_: object) -> None:
    """Stop the server as Ctrl-C does."""
    raise KeyboardInterrupt


def serve(
    page: ModuleType, inferencer: SaliencyInferencer, args: argparse.Namespace, folder: Path
) -> None:
    """Serve the page until it is stopped; whatever visitors send and draw lies in the folder."""
    os.environ['GRADIO_TEMP_DIR'] = str(page.gradio_folder(folder))
    model = ', '.join(Path(one).name for one in (args.config, args.checkpoint) if one)
    page.build_page(inferencer, model, args.most_megapixels, folder).launch(
        server_name=args.host,
        server_port=args.port,
        max_file_size=round(args.most_mb * 1e6),
        theme=page.THEME,
        css=page.CSS,
        footer_links=[],
    )


def main() -> None:
    print_any_text()
    args = parse_args()
    with quiet(args.verbose):
        page = import_page()
    for signal_number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, stop)
    try:
        with quiet(args.verbose):
            inferencer = open_inferencer(args, batch_size=1)
        print(inferencer.runs_on, flush=True)
        with server_folder() as folder:
            serve(page, inferencer, args, folder)
    except (ImportError, OSError, ValueError, UnpicklingError) as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        sys.exit(130)

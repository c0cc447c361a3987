"""A trained model made a model of the zoo: weights, ONNX file, scores and card."""

import srm_mmseg.register  # noqa: F401  Comes first: it tells what to install.

# isort: split
import argparse
import hashlib
from datetime import date
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import yaml
from mmengine.config import Config
from mmengine.runner import Runner
from safetensors.torch import save

from srm_mmseg import __version__
from srm_mmseg.config_names import CONFIGS, find_config
from srm_mmseg.engine.launch import load_config, plain_file_errors
from srm_mmseg.engine.loaders import build_test_loop
from srm_mmseg.engine.preflight import look_for_data
from srm_mmseg.file_errors import plain_errors, write_text
from srm_mmseg.jobs.compare_stages import score_stages
from srm_mmseg.jobs.export import export
from srm_mmseg.model_file import load_weights, open_model
from srm_mmseg.whole_file import replacing
from srm_mmseg.zoo.cards import METAFILE, BadZooError, cards


def save_weights(model: Any, path: Path) -> None:
    """Write a model's weights as safetensors, float16.

    Raises:
        ValueError: If a weight is no finite number of float16.
    """
    halves = {
        key: tensor.half().contiguous() if tensor.is_floating_point() else tensor.contiguous()
        for key, tensor in model.state_dict().items()
    }
    for key, tensor in halves.items():
        if not tensor.isfinite().all():
            raise ValueError(f'Expected weights within the range of float16, but {key} is not.')
    with replacing(path) as part:
        part.write_bytes(save(halves))  # save_file's files are their owner's alone


def scores_by_data_set(
    scores: dict[str, dict[str, float]], only: str
) -> dict[str, dict[str, dict[str, float]]]:
    """Order scores as data set -> stage -> measure, rounded to four places.

    Args:
        scores: Stage -> measure -> score; a measure is ``DATA_SET/MEASURE`` where there are several.
        only: What to call the data set where there is one.
    """
    ordered: dict[str, dict[str, dict[str, float]]] = {}
    for stage, values in scores.items():
        for key, value in values.items():
            data_set, _, measure = key.rpartition('/')
            of_set = ordered.setdefault(data_set or only, {})
            of_set.setdefault(stage, {})[measure] = round(float(value), 4)
    return ordered


def refuse_known_name(name: str, folder: Path) -> None:
    """Refuse a name that a model elsewhere has: every command looks in the box and one folder besides.

    Raises:
        BadZooError: If it is one.
    """
    known = cards().get(name)
    if known and known.folder.resolve() != folder.resolve():
        raise BadZooError(
            f'Expected a name that no model elsewhere has, but {name!r} is in {known.folder}. Choose '
            'another.'
        )


def write_card(entry: dict[str, Any], folder: Path) -> None:
    """Put a model's entry into the folder's metafile, in place of one of its name."""
    path = folder / METAFILE
    models = yaml.safe_load(path.read_text('utf-8'))['Models'] if path.exists() else []
    models = [one for one in models if one['Name'] != entry['Name']] + [entry]
    write_text(yaml.safe_dump(dict(Models=models), sort_keys=False, width=100), path)


def write_config(args: argparse.Namespace, config: Config) -> str:
    """Name the config, if it comes with the package as it is; else write it whole beside the weights."""
    name = Path(args.config).stem
    if not args.cfg_options and find_config(args.config) == str(CONFIGS / f'{name}.py'):
        return name
    own = args.out / f'{args.name}.py'
    write_text(config.pretty_text, own)
    return own.name


def export_onnx(args: argparse.Namespace, weights: Path, onnx: Path) -> None:
    """Write all stages of stored weights to an ONNX file, in half the bytes."""
    switches = dict(format='onnx', stages=True, half=True, dynamic=False, size=None, int8=False)
    outputs = dict(no_softmax=False, no_resize=False)
    files = dict(config=args.config, cfg_options=args.cfg_options, checkpoint=weights, out=onnx)
    export(argparse.Namespace(**files, **switches, **outputs))


def digest(path: Path) -> str:
    """Compute a file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def publish(args: argparse.Namespace) -> dict[str, Any]:
    """Write the files and test them; return the card."""
    refuse_known_name(args.name, args.out)
    config = load_config(args)
    look_for_data(config, 'test')
    config_name = write_config(args, config)
    weights, onnx = (args.out / f'{args.name}{suffix}' for suffix in ('.safetensors', '.onnx'))
    model = open_model(config, args.checkpoint).model
    save_weights(model, weights)
    export_onnx(args, weights, onnx)
    runner = Runner.from_cfg(config)
    build_test_loop(runner)
    load_weights(runner, str(weights))
    scores, _ = score_stages(runner)
    only = getattr(runner.test_dataloader.dataset, 'name', '')
    return {
        'Name': args.name,
        'In Collection': 'SRM',
        'Config': config_name,
        'Weights': weights.name,
        'ONNX': onnx.name,
        'SHA-256': {path.name: digest(path) for path in (weights, onnx)},
        'Metadata': {
            'Parameters': sum(parameter.numel() for parameter in model.parameters()),
            'Version': __version__,
            'Date': date.today().isoformat(),
            'License': args.licence,
            'Training Data': args.trained_on,
            'Intended Use': args.use,
        },
        'Results': [
            {'Task': 'Salient Object Detection', 'Dataset': name, 'Metrics': by_stage}
            for name, by_stage in scores_by_data_set(scores, only).items()
        ],
    }


def run(args: argparse.Namespace) -> None:
    """Do what the arguments of the command ask for."""
    with plain_file_errors(args.out), plain_errors(ImportError, UnpicklingError):
        entry = publish(args)
        write_card(entry, args.out)
    for path in (entry['Weights'], entry['ONNX']):
        print(f'{args.out / path}: {(args.out / path).stat().st_size / 1e6:.1f} MB')
    print(args.out / METAFILE)

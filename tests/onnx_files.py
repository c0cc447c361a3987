"""ONNX files without a network, and with a description of one."""

import json

import onnx

VALID = dict(
    model='srm', weights='a.pth', stages=[3], size=[8, 8], dynamic=True, softmax=True, resize=True,
    align_corners=True,
)  # fmt: skip


def write(path, output='saliency', **changes):
    """Write a graph whose output is of its own making, and a description."""
    helper, kinds = onnx.helper, onnx.TensorProto
    images = helper.make_tensor_value_info('images', kinds.UINT8, ['n', 8, 8, 3])
    maps = helper.make_tensor_value_info(output, kinds.FLOAT, ['n', 3, 8, 8])
    nodes = [
        helper.make_node('Cast', ['images'], ['floats'], to=kinds.FLOAT),
        helper.make_node('Transpose', ['floats'], [output], perm=[0, 3, 1, 2]),
    ]
    model = helper.make_model(
        helper.make_graph(nodes, 'g', [images], [maps]),
        opset_imports=[helper.make_opsetid('', 18)],
        ir_version=8,
    )
    helper.set_model_props(model, {'srm_mmseg': json.dumps({**VALID, **changes})})
    onnx.save(model, path)
    return path

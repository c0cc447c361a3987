"""The toolbox's own networks in the race; nobody has published them as saliency networks.

MobileNetV2-DeepLabV3+ as the toolbox's config ``mobilenet-v2-d8_deeplabv3plus`` has it (Sandler et
al., CVPR 2018; Chen et al., ECCV 2018), PSPNet on R50-D8 (Zhao et al., CVPR 2017).
"""

from __future__ import annotations

from torch import nn

from srm_mmseg.cli.benchmarks.networks import STOCK_HEADS, build, stock
from srm_mmseg.cli.benchmarks.peers.peer import FinalMap, Peer

MOBILE_TRUNK = dict(
    type='MobileNetV2',
    strides=(1, 2, 2, 1, 1, 1, 1),
    dilations=(1, 1, 1, 2, 2, 4, 4),
    out_indices=(1, 2, 4, 6),
)
MOBILE_HEAD = dict(
    type='DepthwiseSeparableASPPHead',
    in_channels=320,
    in_index=3,
    channels=512,
    dilations=(1, 12, 24, 36),
    c1_in_channels=24,
    c1_channels=48,
    num_classes=2,
    norm_cfg=dict(type='BN'),
)


def mobile_deeplab() -> nn.Module:
    """Build MobileNetV2-D8 with the head of DeepLabV3+."""
    return FinalMap(
        build(
            dict(
                type='EncoderDecoder',
                backbone=MOBILE_TRUNK,
                decode_head=MOBILE_HEAD,
                test_cfg=dict(mode='whole'),
            )
        )
    )


def pspnet() -> nn.Module:
    """Build PSPNet on the dilated ResNet-50."""
    return FinalMap(stock(STOCK_HEADS['PSPNet-R50-D8']))


MOBILE_DEEPLAB = Peer('MobileNetV2-DeepLabV3+', mobile_deeplab, size=512)
PSPNET = Peer('PSPNet-R50-D8', pspnet, size=512)

"""Average the saliency maps of several views of an image."""

from __future__ import annotations

import torch
from mmengine.model import BaseTTAModel
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample


@MODELS.register_module()
class SODTTAModel(BaseTTAModel):
    """Test-time augmentation whose ``seg_logits`` are of the averaged probabilities.

    The stock ``SegTTAModel`` averages for ``pred_sem_seg`` alone and leaves the last view's logits
    in ``seg_logits``, which a saliency map is made of. ``tools/test.py --tta`` puts this model
    around the config's.

    Args:
        module: The segmentor, or its config.

    Example:
        >>> from mmengine.model import BaseModel
        >>> class Segmentor(BaseModel):
        ...     def forward(self, inputs, data_samples=None, mode='tensor'):
        ...         return inputs
        >>> model = SODTTAModel(module=Segmentor())
        >>> views = [  # of a pixel: background is likely in the first, foreground in the second
        ...     SegDataSample(seg_logits=PixelData(data=torch.tensor(scores).log().reshape(2, 1, 1)))
        ...     for scores in ((0.7, 0.3), (0.1, 0.9))
        ... ]
        >>> [merged] = model.merge_preds([views])
        >>> [round(one, 4) for one in merged.seg_logits.data.exp().flatten().tolist()]
        [0.4, 0.6]
    """

    def merge_preds(self, data_samples_list: list[list[SegDataSample]]) -> list[SegDataSample]:
        """Average the views of each image.

        Args:
            data_samples_list: Predictions of an image's views, for each image. They are turned
                back and of the image's size already.

        Returns:
            A prediction an image. ``seg_logits``: with C > 1 channels the logarithm of the average
            of the softmax, C x H x W; with one the average probability, 1 x H x W.
        """
        return [self._merge(views) for views in data_samples_list]

    def _merge(self, views: list[SegDataSample]) -> SegDataSample:
        scores = torch.stack([view.seg_logits.data.float() for view in views])
        merged = views[0]
        if scores.shape[1] == 1:
            average = scores.mean(dim=0)
            salient = (average > self.module.decode_head.threshold).to(average)
        else:
            average = scores.softmax(dim=1).mean(dim=0).log()
            salient = average.argmax(dim=0, keepdim=True)
        merged.seg_logits = PixelData(data=average)
        merged.pred_sem_seg = PixelData(data=salient)
        return merged

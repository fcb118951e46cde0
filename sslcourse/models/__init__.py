"""Networks: encoders, decoders, heads, and what moves and masks them.

    encoders     ResNet · resnet18_cifar, small_resnet     (N, C, H, W) -> (N, D)
                 PatchResNet · patch_resnet                the same, on patches that whitening_filters have whitened
                 VisionTransformer                         the same; tokens, attention maps, dropped and masked patches
                 TextTransformer                           (N, T) -> (N, T, V), causal or bidirectional
                 BagOfWords                                (N, T) -> (N, D); mean_of_words, drop_words
                 ConvEncoder, MLPEncoder                   (N, C, S, S) -> (N, Z)
                 HierarchicalViT                           the same, in windows, with fewer and wider tokens in each stage
    decoders     ConvDecoder, MLPDecoder                   (N, Z) -> (N, C, S, S)
    heads        SimCLRProjectionHead · BYOLProjectionHead, BYOLPredictionHead · SimSiamProjectionHead,
                 SimSiamPredictionHead · BarlowTwinsProjectionHead · DINOProjectionHead
    patches      patchify, unpatchify · split_by_noise, random_token_mask · get_at_index, set_at_index, mask_at_index
    teachers     update_momentum, deactivate_requires_grad
    schedules    cosine_schedule
    parts        TransformerBlock, self_attention, attention_mask, interpolate_positions · ConvStem

Image encoders take num_classes=0 and have num_features and forward_features. Weights are drawn from torch's global
generator: build inside `runtime.seeded(seed)` for the same ones each time.

>>> import torch
>>> from sslcourse import models
>>> encoder = models.small_resnet()
>>> head = models.SimCLRProjectionHead(encoder.num_features, 128, 64)
>>> head(encoder(torch.rand(4, 3, 32, 32))).shape
torch.Size([4, 64])
"""

from .autoencoder import ConvDecoder, ConvEncoder, MLPDecoder, MLPEncoder
from .dino_head import DINOProjectionHead
from .heads import (
    BarlowTwinsProjectionHead,
    BYOLPredictionHead,
    BYOLProjectionHead,
    SimCLRProjectionHead,
    SimSiamPredictionHead,
    SimSiamProjectionHead,
)
from .hierarchical_vit import HierarchicalViT
from .masking import random_token_mask, split_by_noise
from .momentum import deactivate_requires_grad, update_momentum
from .patch_resnet import PatchResNet, patch_resnet
from .patches import get_at_index, mask_at_index, patchify, set_at_index, unpatchify
from .resnet import ResNet, resnet18_cifar, small_resnet
from .schedules import cosine_schedule
from .stem import ConvStem
from .text import TextTransformer
from .transformer import TransformerBlock, attention_mask, self_attention
from .vit import VisionTransformer, interpolate_positions
from .whitening import whitening_filters
from .words import BagOfWords, drop_words, mean_of_words

__all__ = [
    "BYOLPredictionHead", "BYOLProjectionHead", "BagOfWords", "BarlowTwinsProjectionHead", "ConvDecoder", "ConvEncoder",
    "ConvStem", "DINOProjectionHead", "HierarchicalViT", "MLPDecoder", "MLPEncoder", "PatchResNet", "ResNet",
    "SimCLRProjectionHead", "SimSiamPredictionHead", "SimSiamProjectionHead", "TextTransformer", "TransformerBlock",
    "VisionTransformer", "attention_mask", "cosine_schedule", "deactivate_requires_grad", "drop_words", "get_at_index",
    "interpolate_positions", "mask_at_index", "mean_of_words", "patch_resnet", "patchify", "random_token_mask",
    "resnet18_cifar", "self_attention", "set_at_index", "small_resnet", "split_by_noise", "unpatchify",
    "update_momentum", "whitening_filters",
]

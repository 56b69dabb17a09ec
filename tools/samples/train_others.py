"""Trains the other two samples: the residual CNN on Fashion-MNIST and the small vision transformer on MNIST.

usage: python train_others.py DATA OUT
  DATA  holds fashion/ and mnist/, each with train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz (60,000 images;
        Fashion-MNIST is the Debian package dataset-fashion-mnist)
  OUT   gets fashion-resdw.onnx and mnist-vit.onnx

Needs torch (CPU), numpy and onnx; about a quarter of an hour. The architectures, schedules and augmentation are those of the
shipped files; a new run ends at other weights of like accuracy, because those were trained after other models in one
process and so from another state of the random numbers. Fixed schedules, final epoch kept, nothing selected on test data.
"""
import math
import sys
import warnings

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import idx

BATCH = 128


class Basic(nn.Module):
    """The residual block of ResNet-18 (He et al., 2015), with a projection where the shape changes."""

    def __init__(self, i, o):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.conv2, self.bn2 = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.down = nn.Sequential(nn.Conv2d(i, o, 1, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.down(x))


class Inverted(nn.Module):
    """The inverted residual block of MobileNetV2 (Sandler et al., 2018): expand, depthwise, project."""

    def __init__(self, i, o, stride, expand=3):
        super().__init__()
        h = i * expand
        self.residual = stride == 1 and i == o
        self.expand, self.bn1 = nn.Conv2d(i, h, 1, bias=False), nn.BatchNorm2d(h)
        self.dw, self.bn2 = nn.Conv2d(h, h, 3, stride, 1, groups=h, bias=False), nn.BatchNorm2d(h)
        self.project, self.bn3 = nn.Conv2d(h, o, 1, bias=False), nn.BatchNorm2d(o)

    def forward(self, x):
        y = F.relu6(self.bn2(self.dw(F.relu6(self.bn1(self.expand(x))))))
        y = self.bn3(self.project(y))
        return x + y if self.residual else y


class ResDW(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.bn = nn.Conv2d(1, 24, 3, 2, 1, bias=False), nn.BatchNorm2d(24)
        self.b1 = Basic(24, 32)
        self.b2, self.b3 = Inverted(32, 48, 2), Inverted(48, 48, 1)
        self.b4, self.b5 = Inverted(48, 64, 1), Inverted(64, 64, 1)
        self.drop, self.fc = nn.Dropout(0.1), nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn(self.stem(x)))
        x = self.b5(self.b4(self.b3(self.b2(self.b1(x)))))
        return self.fc(self.drop(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1)))


class Block(nn.Module):
    """A pre-norm transformer block."""

    def __init__(self, d, heads):
        super().__init__()
        self.heads = heads
        self.n1, self.qkv, self.proj = nn.LayerNorm(d), nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.n2, self.fc1, self.fc2 = nn.LayerNorm(d), nn.Linear(d, 2 * d), nn.Linear(2 * d, d)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.n1(x)).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        a = torch.softmax(q @ k.transpose(-2, -1) / math.sqrt(d // self.heads), -1)
        x = x + self.proj((a @ v).transpose(1, 2).reshape(b, n, d))
        return x + self.fc2(F.gelu(self.fc1(self.n2(x))))


class ViT(nn.Module):
    """Dosovitskiy et al., 2020, made small: 49 patches of 4×4, width 64, three blocks of four heads, mean instead of a class token."""

    def __init__(self, d=64, layers=3, heads=4, patch=4):
        super().__init__()
        self.patch = nn.Conv2d(1, d, patch, patch)
        self.pos = nn.Parameter(torch.randn(1, (28 // patch) ** 2, d) * 0.02)
        self.blocks = nn.ModuleList([Block(d, heads) for _ in range(layers)])
        self.norm, self.head = nn.LayerNorm(d), nn.Linear(d, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2) + self.pos
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x).mean(1))


def shift(x):
    """The whole batch moved by at most one pixel each way."""
    i, j = np.random.randint(0, 3, 2)
    return F.pad(x, (1, 1, 1, 1))[:, :, i : i + 28, j : j + 28]


def flip_and_shift(x):
    return shift(x.flip(3) if np.random.rand() < 0.5 else x)


def train(model, folder, epochs, rate, augment):
    """AdamW under a one-cycle rate, cross-entropy."""
    x = torch.tensor(idx.read(f'{folder}/train-images-idx3-ubyte.gz')[:, None].astype(np.float32) / 255)
    y = torch.tensor(idx.read(f'{folder}/train-labels-idx1-ubyte.gz').astype(np.int64))
    steps = len(x) // BATCH
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * steps, pct_start=0.2)
    for epoch in range(epochs):
        order = torch.randperm(len(x))
        for i in range(steps):
            pick = order[i * BATCH : (i + 1) * BATCH]
            loss = F.cross_entropy(model(augment(x[pick])), y[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        print(f'  epoch {epoch + 1}/{epochs}  loss of the last batch {loss.item():.4f}', flush=True)


def export(model, path, fold):
    """fold: let the exporter fold constants, which would also merge each BatchNormalization into the convolution before it."""
    warnings.simplefilter('ignore')  # the exporter says that it is the older one
    torch.onnx.export(
        model.eval(), (torch.zeros(2, 1, 28, 28),), path, input_names=['image'], output_names=['logits'],
        dynamic_axes={'image': {0: 'batch'}, 'logits': {0: 'batch'}}, opset_version=17, dynamo=False, do_constant_folding=fold,
    )  # fmt: skip


def main(data, out):
    torch.manual_seed(0)
    np.random.seed(0)
    for name, model, folder, epochs, rate, augment, fold in (
        ('fashion-resdw', ResDW(), 'fashion', 9, 4e-3, flip_and_shift, False),
        ('mnist-vit', ViT(), 'mnist', 5, 2e-3, shift, True),
    ):
        print(name, flush=True)
        train(model, f'{data}/{folder}', epochs, rate, augment)
        export(model, f'{out}/{name}.onnx', fold)


if __name__ == '__main__':
    main(*sys.argv[1:]) if len(sys.argv) == 3 else sys.exit(__doc__)

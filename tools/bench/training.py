"""Times a PyTorch training step of the sample networks: `python training.py THREADS BATCH STEPS SIDE`. Prints JSON: name -> milliseconds of each step, and of each
product of two square matrices of SIDE as "product"."""
import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class LeNet5(nn.Module):
    """Caffe's LeNet-5, as public/samples/mnist-lenet5.onnx."""

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


class Inverted(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        h = 3 * i
        self.res = stride == 1 and i == o
        self.body = nn.Sequential(
            nn.Conv2d(i, h, 1, bias=False),
            nn.BatchNorm2d(h),
            nn.ReLU6(),
            nn.Conv2d(h, h, 3, stride, 1, groups=h, bias=False),
            nn.BatchNorm2d(h),
            nn.ReLU6(),
            nn.Conv2d(h, o, 1, bias=False),
            nn.BatchNorm2d(o),
        )

    def forward(self, x):
        return x + self.body(x) if self.res else self.body(x)


class Residual(nn.Module):
    """The network of public/samples/fashion-resdw.onnx."""

    def __init__(self):
        super().__init__()
        conv = lambda i, o, k, s: nn.Conv2d(i, o, k, s, k // 2, bias=False)
        self.stem = nn.Sequential(conv(1, 24, 3, 2), nn.BatchNorm2d(24), nn.ReLU())
        self.body = nn.Sequential(conv(24, 32, 3, 1), nn.BatchNorm2d(32), nn.ReLU(), conv(32, 32, 3, 1), nn.BatchNorm2d(32))
        self.down = nn.Sequential(conv(24, 32, 1, 1), nn.BatchNorm2d(32))
        self.rest = nn.Sequential(Inverted(32, 48, 2), Inverted(48, 48, 1), Inverted(48, 64, 1), Inverted(64, 64, 1))
        self.fc = nn.Linear(64, 10)

    def forward(self, x):
        x = self.stem(x)
        x = self.rest(F.relu(self.body(x) + self.down(x)))
        return self.fc(x.mean((2, 3)))


threads, batch, steps, side = map(int, sys.argv[1:])
torch.set_num_threads(threads)
torch.manual_seed(0)
found = {}
for name, net in {"mnist-lenet5": LeNet5(), "fashion-resdw": Residual()}.items():
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    x = torch.rand(batch, 1, 28, 28)
    y = torch.randint(0, 10, (batch,))
    found[name] = []
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
        found[name].append((time.perf_counter() - start) * 1000)
a, b = torch.rand(side, side), torch.rand(side, side)
found["product"] = []
for _ in range(steps):
    start = time.perf_counter()
    torch.mm(a, b)
    found["product"].append((time.perf_counter() - start) * 1000)
print(json.dumps(found))

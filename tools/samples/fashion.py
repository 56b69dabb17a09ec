"""Takes the sample's share of Fashion-MNIST: the first 2,000 test images and the first 4,000 training images, with their labels.

usage: python fashion.py DATA OUT
  DATA  holds the four files of the Debian package dataset-fashion-mnist: train-images-idx3-ubyte.gz and so on
  OUT   gets fashion-test-… and fashion-train-…
"""
import sys

import idx

PARTS = {'test': ('t10k', 2000), 'train': ('train', 4000)}


def main(data, out):
    for name, (part, count) in PARTS.items():
        for kind in ('images-idx3', 'labels-idx1'):
            idx.write(f'{out}/fashion-{name}-{kind}-ubyte.gz', idx.read(f'{data}/{part}-{kind}-ubyte.gz')[:count].copy())


if __name__ == '__main__':
    main(*sys.argv[1:]) if len(sys.argv) == 3 else sys.exit(__doc__)

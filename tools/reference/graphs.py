"""The float models. Each function takes an opset and returns (ModelProto, feed) where feed(r) draws one input dict."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from build import FLOAT, Graph, plain, ugly

I64, I32, BOOL = TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL


def normal(**shapes):
    def feed(r):
        return {k: r.normal(0, 1, s).astype(np.float32) for k, s in shapes.items()}

    return feed


def mlp(opset):
    """Gemm with and without transB, Relu, Sigmoid, and an unnamed MatMul."""
    g = Graph("mlp", opset)
    g.input("x", [2, 16])
    g.init("w1", ugly("mlp.w1", (24, 16), 0))
    g.init("b1", plain("mlp.b1", (24,)))
    g.init("w2", ugly("mlp.w2", (24, 10), 1))
    g.init("b2", plain("mlp.b2", (10,)))
    g.init("w3", plain("mlp.w3", (10, 6)))
    g.node("Gemm", ["x", "w1", "b1"], "h1", transB=1)
    g.node("Relu", ["h1"], "a1")
    g.node("Gemm", ["a1", "w2", "b2"], "h2")
    g.node("Sigmoid", ["h2"], "a2")
    g.node("MatMul", ["a2", "w3"], "y", name="")
    g.output("y", [2, 6])
    return g.model(), normal(x=(2, 16))


def gemms(opset):
    """Gemm variants the rewriting must tell apart: alpha, beta, transA, computed B and computed C."""
    g = Graph("gemms", opset)
    g.input("x", [4, 8])
    g.input("v", [6, 8])
    g.input("c", [4, 6])
    g.init("w", plain("gemms.w", (8, 6)))
    g.init("bias", plain("gemms.bias", (6,), 2.0))
    g.node("Gemm", ["x", "w", "bias"], "scaled", alpha=0.5, beta=2.0)
    g.node("Gemm", ["x", "v"], "computed_b", transB=1)
    g.node("Gemm", ["x", "w", "c"], "computed_c")
    g.node("Gemm", ["v", "w"], "no_bias")
    g.node("Gemm", ["computed_b", "computed_c", "bias"], "trans_a", transA=1)
    g.node("Sum", ["scaled", "computed_c"], "y")
    g.output("y", [4, 6])
    g.output("trans_a", [6, 6])
    g.output("no_bias", [6, 6])
    return g.model(), normal(x=(4, 8), v=(6, 8), c=(4, 6))


def attention(opset):
    """Self-attention in plain ops: one input shared by three MatMuls, a MatMul of two activations, Softmax."""
    g = Graph("attention", opset)
    g.input("x", [1, 6, 16])
    for n in "qkv":
        g.init(f"w{n}", ugly(f"attention.w{n}", (16, 16), 1))
        g.init(f"b{n}", plain(f"attention.b{n}", (16,)))
        g.node("MatMul", ["x", f"w{n}"], f"m{n}")
        g.node("Add", [f"m{n}", f"b{n}"], n)
    g.node("Transpose", ["k"], "kt", perm=[0, 2, 1])
    g.node("MatMul", ["q", "kt"], "scores")
    g.init("root", np.float32(0.25))
    g.node("Mul", ["scores", "root"], "scaled")
    g.node("Softmax", ["scaled"], "p", axis=-1)
    g.node("MatMul", ["p", "v"], "ctx")
    g.init("wo", plain("attention.wo", (16, 8)))
    g.node("MatMul", ["ctx", "wo"], "y")
    g.output("y", [1, 6, 8])
    return g.model(), normal(x=(1, 6, 16))


def cnn(opset):
    """Conv, Relu, MaxPool, depthwise Conv, Clip(0, 6), GlobalAveragePool, Flatten, Gemm."""
    g = Graph("cnn", opset)
    g.input("x", [1, 3, 12, 12])
    g.init("w1", ugly("cnn.w1", (8, 3, 3, 3), 0))
    g.init("b1", plain("cnn.b1", (8,)))
    g.init("w2", plain("cnn.w2", (8, 1, 3, 3)))
    g.init("b2", plain("cnn.b2", (8,)))
    g.init("zero", np.float32(0))
    g.init("six", np.float32(6))
    g.init("w3", ugly("cnn.w3", (5, 8), 0))
    g.init("b3", plain("cnn.b3", (5,)))
    g.node("Conv", ["x", "w1", "b1"], "c1", pads=[1, 1, 1, 1], kernel_shape=[3, 3])
    g.node("Relu", ["c1"], "r1")
    g.node("MaxPool", ["r1"], "p1", kernel_shape=[2, 2], strides=[2, 2])
    g.node("Conv", ["p1", "w2", "b2"], "c2", pads=[1, 1, 1, 1], group=8)
    g.node("Clip", ["c2", "zero", "six"], "r2")
    g.node("GlobalAveragePool", ["r2"], "gap")
    g.node("Flatten", ["gap"], "flat")
    g.node("Gemm", ["flat", "w3", "b3"], "y", transB=1)
    g.output("y", [1, 5])
    return g.model(), normal(x=(1, 3, 12, 12))


def residual(opset):
    """Two Convs sharing one bias, a residual Add kept as a graph output, and a weight that an Add shares with a MatMul."""
    g = Graph("residual", opset)
    g.input("x", [1, 4, 6, 6])
    g.init("w1", plain("residual.w1", (4, 4, 3, 3)))
    g.init("w2", ugly("residual.w2", (4, 4, 1, 1), 0))
    g.init("bias", plain("residual.bias", (4,)))
    g.init("shared", plain("residual.shared", (6, 6)))
    g.node("Conv", ["x", "w1", "bias"], "c1", pads=[1, 1, 1, 1])
    g.node("Conv", ["c1", "w2", "bias"], "c2")
    g.node("Add", ["c1", "c2"], "sum")
    g.node("MatMul", ["sum", "shared"], "mm")
    g.node("Add", ["mm", "shared"], "y")
    g.output("y", [1, 4, 6, 6])
    g.output("sum", [1, 4, 6, 6])
    return g.model(), normal(x=(1, 4, 6, 6))


def relu_output(opset):
    """A Conv whose output is the graph's too, and is read by a Relu only; and one that a Relu reads and nobody else."""
    g = Graph("relu_output", opset)
    g.input("x", [1, 3, 6, 6])
    g.init("w1", plain("relu_output.w1", (4, 3, 3, 3)))
    g.init("w2", plain("relu_output.w2", (4, 4, 1, 1)))
    g.node("Conv", ["x", "w1"], "c1", pads=[1, 1, 1, 1])
    g.node("Relu", ["c1"], "r1")
    g.node("Conv", ["r1", "w2"], "c2")
    g.node("Relu", ["c2"], "y")
    g.output("y", [1, 4, 6, 6])
    g.output("c1", [1, 4, 6, 6])
    return g.model(), normal(x=(1, 3, 6, 6))


def shapes(opset):
    """Ops whose output shares its input's scale, after one Conv."""
    g = Graph("shapes", opset)
    g.input("x", [1, 4, 8, 8])
    g.init("w", plain("shapes.w", (8, 4, 3, 3)))
    g.init("b", plain("shapes.b", (8,)))
    g.init("to_4d", np.array([1, 8, 8, 8], np.int64))
    g.init("pads", np.array([0, 0, 1, 1, 0, 0, 1, 1], np.int64))
    g.init("pad_value", np.float32(0.75))
    g.init("scales", np.array([1, 1, 2, 2], np.float32))
    g.node("Conv", ["x", "w", "b"], "c", pads=[1, 1, 1, 1])
    g.node("Transpose", ["c"], "t", perm=[0, 1, 3, 2])
    g.node("Reshape", ["t", "to_4d"], "r")
    if opset >= 13:
        g.init("axes", np.array([0], np.int64))
        g.node("Squeeze", ["r", "axes"], "sq")
        g.node("Unsqueeze", ["sq", "axes"], "un")
        g.init("halves", np.array([4, 4], np.int64))
        g.node("Split", ["un", "halves"], ["s0", "s1"], axis=1)
    else:
        g.node("Squeeze", ["r"], "sq", axes=[0])
        g.node("Unsqueeze", ["sq"], "un", axes=[0])
        g.node("Split", ["un"], ["s0", "s1"], axis=1, split=[4, 4])
    g.node("Pad", ["s0", "pads", "pad_value"], "pc")
    g.node("Pad", ["s1", "pads"], "pr", mode="reflect")
    g.node("Concat", ["pc", "pr"], "cat", axis=1)
    if opset < 13:
        g.init("roi", np.zeros(0, np.float32))
    g.node("Resize", ["cat", "" if opset >= 13 else "roi", "scales"], "big", mode="nearest")
    g.node("MaxPool", ["big"], "mp", kernel_shape=[2, 2], strides=[2, 2])
    g.node("AveragePool", ["mp"], "ap", kernel_shape=[2, 2], strides=[2, 2])
    g.node("Pad", ["ap", "pads"], "y")
    g.output("y", [1, 8, 7, 7])
    return g.model(), normal(x=(1, 4, 8, 8))


def acts(opset):
    """LeakyRelu, Sigmoid, Mul, Add, Where, ArgMax and Softmax after a MatMul, with nothing shared."""
    g = Graph("acts", opset)
    g.input("x", [4, 8])
    g.init("w", plain("acts.w", (8, 8)))
    g.init("zero", np.float32(0))
    g.init("half", np.full((8,), 0.5, np.float32))
    g.node("MatMul", ["x", "w"], "m")
    g.node("LeakyRelu", ["m"], "l", alpha=0.1)
    g.node("Sigmoid", ["l"], "s")
    g.node("Mul", ["l", "s"], "silu")
    g.node("Add", ["silu", "half"], "a")
    g.node("Softmax", ["a"], "p", axis=1)
    g.node("ArgMax", ["p"], "best", axis=1, keepdims=0)
    g.node("Relu", ["a"], "y")
    g.output("y", [4, 8])
    g.output("best", [4], I64)
    return g.model(), normal(x=(4, 8))


def where(opset):
    """Where on two graph inputs, so that no quantized tensor reaches it unasked."""
    g = Graph("where", opset)
    g.input("cond", [4, 8], BOOL)
    g.input("a", [4, 8])
    g.input("b", [4, 8])
    g.init("w", plain("where.w", (8, 6)))
    g.node("Where", ["cond", "a", "b"], "chosen")
    g.node("MatMul", ["chosen", "w"], "y")
    g.output("y", [4, 6])

    def feed(r):
        return {"cond": r.random((4, 8)) > 0.5, **normal(a=(4, 8), b=(4, 8))(r)}

    return g.model(), feed


def where_after(opset):
    """Where fed by quantized MatMuls: the QOperator quantizer forgets to dequantize for it."""
    g = Graph("where_after", opset)
    g.input("cond", [4, 6], BOOL)
    g.input("x", [4, 8])
    g.init("w1", plain("where_after.w1", (8, 6)))
    g.init("w2", plain("where_after.w2", (8, 6)))
    g.node("MatMul", ["x", "w1"], "a")
    g.node("MatMul", ["x", "w2"], "b")
    g.node("Where", ["cond", "a", "b"], "y")
    g.output("y", [4, 6])

    def feed(r):
        return {"cond": r.random((4, 6)) > 0.5, "x": r.normal(0, 1, (4, 8)).astype(np.float32)}

    return g.model(), feed


def picks(opset):
    """Gather, GatherElements, Slice, TopK and CumSum after a MatMul."""
    g = Graph("picks", opset)
    g.input("x", [4, 8])
    g.init("w", plain("picks.w", (8, 8)))
    g.init("rows", np.array([2, 0, 1], np.int64))
    g.init("elements", np.array([[0, 1, 2, 3, 4, 5, 6, 7]] * 3, np.int64) % 3)
    g.init("begin", np.array([1], np.int64))
    g.init("end", np.array([7], np.int64))
    g.init("axis1", np.array([1], np.int64))
    g.init("k", np.array([3], np.int64))
    g.init("axis", np.array(1, np.int64))
    g.node("MatMul", ["x", "w"], "m")
    g.node("Gather", ["m", "rows"], "gat", axis=0)
    g.node("GatherElements", ["gat", "elements"], "ge", axis=0)
    g.node("Slice", ["ge", "begin", "end", "axis1"], "sl")
    g.node("TopK", ["sl", "k"], ["tv", "ti"], axis=1)
    g.node("CumSum", ["tv", "axis"], "y")
    g.output("y", [3, 3])
    g.output("ti", [3, 3], I64)
    return g.model(), normal(x=(4, 8))


def norms(opset):
    """ConvTranspose, BatchNormalization, InstanceNormalization, LayerNormalization (opset 17)."""
    g = Graph("norms", opset)
    g.input("x", [1, 4, 5, 5])
    g.init("wt", ugly("norms.wt", (4, 6, 2, 2), 1))
    g.init("bt", plain("norms.bt", (6,)))
    g.node("ConvTranspose", ["x", "wt", "bt"], "ct", strides=[2, 2])
    for n, shift in (("gamma_b", 1.0), ("beta_b", 0.0), ("mean_b", 0.0)):
        g.init(n, plain(f"norms.{n}", (6,), 0.3, shift))
    g.init("var_b", np.abs(plain("norms.var_b", (6,), 0.3, 1.0)))
    g.node("BatchNormalization", ["ct", "gamma_b", "beta_b", "mean_b", "var_b"], "bn")
    g.init("gamma_i", plain("norms.gamma_i", (6,), 0.3, 1.0))
    g.init("beta_i", plain("norms.beta_i", (6,)))
    g.node("InstanceNormalization", ["bn", "gamma_i", "beta_i"], "inorm")
    last = "inorm"
    if opset >= 17:
        g.init("gamma_l", plain("norms.gamma_l", (10,), 0.3, 1.0))
        g.init("beta_l", plain("norms.beta_l", (10,)))
        last = g.node("LayerNormalization", ["inorm", "gamma_l", "beta_l"], "ln", axis=-1)
    g.node("LeakyRelu", [last], "y")
    g.output("y", [1, 6, 10, 10])
    return g.model(), normal(x=(1, 4, 5, 5))


def collision(opset):
    """A tensor `h` beside an initializer already called `h_scale`."""
    g = Graph("collision", opset)
    g.input("x", [2, 8])
    g.init("w", plain("collision.w", (8, 6)))
    g.init("h_scale", np.full((6,), 2.0, np.float32))
    g.node("MatMul", ["x", "w"], "h")
    g.node("Div", ["h", "h_scale"], "y")
    g.output("y", [2, 6])
    return g.model(), normal(x=(2, 8))


def overflow(opset):
    """Biases far too large for their scale: the weight scale must grow, or the int32 clips."""
    g = Graph("overflow", opset)
    g.input("x", [1, 3, 4, 4])
    w = plain("overflow.w", (4, 3, 1, 1), 1e-6)
    w[2] *= np.float32(1e-4)
    g.init("w", w)
    g.init("b", np.array([3e3, -2e-7, 5e6, 0], np.float32))
    g.init("wg", plain("overflow.wg", (6, 4), 1e-9))
    g.init("bg", np.array([1e4, -1e4, 0, 1, 2, 3], np.float32))
    g.node("Conv", ["x", "w", "b"], "c")
    g.node("GlobalAveragePool", ["c"], "gap")
    g.node("Flatten", ["gap"], "flat")
    g.node("Gemm", ["flat", "wg", "bg"], "y", transB=1)
    g.output("y", [1, 6])
    return g.model(), normal(x=(1, 3, 4, 4))


def embedding(opset):
    """Gather from a float table and from a computed tensor, LayerNormalization, MatMul: how language models begin."""
    g = Graph("embedding", opset)
    g.input("ids", [1, 5], I64)
    g.init("table", ugly("embedding.table", (20, 16), 0))
    g.init("positions", plain("embedding.positions", (5, 16)))
    g.init("w", plain("embedding.w", (16, 12)))
    g.init("first", np.array(0, np.int64))
    g.node("Gather", ["table", "ids"], "tok")
    g.node("Add", ["tok", "positions"], "emb")
    g.node("MatMul", ["emb", "w"], "m")
    g.node("Gather", ["m", "first"], "cls", axis=1)
    g.node("Tanh", ["cls"], "y")
    g.output("y", [1, 12])
    return g.model(), lambda r: {"ids": r.integers(0, 20, (1, 5))}


def embedding_matmul(opset):
    """A quantized Gather feeding a MatMul directly: its quantized output is reused, not requantized."""
    g = Graph("embedding_matmul", opset)
    g.input("ids", [1, 5], I64)
    g.init("table", plain("embedding_matmul.table", (20, 16)))
    g.init("w", plain("embedding_matmul.w", (16, 12)))
    g.node("Gather", ["table", "ids"], "tok")
    g.node("Transpose", ["tok"], "tt", perm=[0, 2, 1])
    g.node("Transpose", ["tt"], "tb", perm=[0, 2, 1])
    g.node("MatMul", ["tb", "w"], "y")
    g.output("y", [1, 5, 12])
    return g.model(), lambda r: {"ids": r.integers(0, 20, (1, 5))}


def lstm(opset, direction="bidirectional"):
    n = 2 if direction == "bidirectional" else 1
    g = Graph("lstm", opset)
    g.input("x", [5, 1, 8])
    g.init("W", plain("lstm.W", (n, 24, 8)))
    g.init("R", ugly("lstm.R", (n, 24, 6), 1))
    g.init("B", plain("lstm.B", (n, 48)))
    g.init("w", plain("lstm.w", (6, 4)))
    g.node("LSTM", ["x", "W", "R", "B"], ["seq", "h", "c"], hidden_size=6, direction=direction)
    g.node("MatMul", ["seq", "w"], "y")
    g.output("y", [5, n, 1, 4])
    g.output("c", [n, 1, 6])
    return g.model(), normal(x=(5, 1, 8))


def lstm_forward(opset):
    return lstm(opset, "forward")


def ms_attention(opset):
    """The fused com.microsoft Attention, then a MatMul."""
    g = Graph("ms_attention", opset, ms=True)
    g.input("x", [1, 4, 16])
    g.input("mask", [1, 4], I32)
    g.init("w", ugly("ms_attention.w", (16, 48), 1))
    g.init("b", plain("ms_attention.b", (48,)))
    g.init("wo", plain("ms_attention.wo", (16, 8)))
    g.node("Attention", ["x", "w", "b", "mask"], "ctx", domain="com.microsoft", num_heads=2)
    g.node("MatMul", ["ctx", "wo"], "y")
    g.output("y", [1, 4, 8])
    return g.model(), lambda r: {**normal(x=(1, 4, 16))(r), "mask": np.array([[1, 1, 1, 0]], np.int32)}


def ms_embed(opset):
    """The fused com.microsoft EmbedLayerNormalization, then a MatMul."""
    g = Graph("ms_embed", opset, ms=True)
    g.input("ids", [1, 4], I32)
    g.input("segments", [1, 4], I32)
    for n, rows in (("word", 20), ("position", 8), ("segment", 2)):
        g.init(n, plain(f"ms_embed.{n}", (rows, 16)))
    g.init("gamma", plain("ms_embed.gamma", (16,), 0.2, 1.0))
    g.init("beta", plain("ms_embed.beta", (16,)))
    g.init("w", plain("ms_embed.w", (16, 8)))
    g.node(
        "EmbedLayerNormalization",
        ["ids", "segments", "word", "position", "segment", "gamma", "beta"],
        ["emb", "mask"],
        domain="com.microsoft",
        epsilon=1e-12,
    )
    g.node("MatMul", ["emb", "w"], "y")
    g.output("y", [1, 4, 8])

    def feed(r):
        return {
            "ids": r.integers(0, 20, (1, 4)).astype(np.int32),
            "segments": np.array([[0, 0, 1, 1]], np.int32),
        }

    return g.model(), feed


def branch(opset):
    """If whose branches hold MatMuls on an outer tensor and on an outer weight."""
    g = Graph("branch", opset)
    g.input("x", [3, 8])
    g.input("flag", [], BOOL)
    g.init("w", plain("branch.w", (8, 8)))
    g.init("outer", plain("branch.outer", (8, 4)))

    def sub(name, weight, inits):
        out = helper.make_tensor_value_info(f"{name}_y", FLOAT, [3, 4])
        return helper.make_graph(
            [helper.make_node("MatMul", ["h", weight], [f"{name}_y"], name=f"{name}_mm")], name, [], [out], inits
        )

    own = numpy_helper.from_array(plain("branch.own", (8, 4)), "own")
    g.node("MatMul", ["x", "w"], "h")
    g.node("If", ["flag"], "y", then_branch=sub("then", "own", [own]), else_branch=sub("else", "outer", []))
    g.output("y", [3, 4])
    return g.model(), lambda r: {**normal(x=(3, 8))(r), "flag": np.array(True)}


def prequantized(opset):
    """A Conv whose weight another tool already stored as int8 + DequantizeLinear."""
    g = Graph("prequantized", opset)
    g.input("x", [1, 3, 4, 4])
    g.init("wq", plain("prequantized.w", (4, 3, 1, 1), 40).astype(np.int8))
    g.init("ws", np.float32(0.02))
    g.init("wz", np.int8(0))
    g.init("b", plain("prequantized.b", (4,)))
    g.node("DequantizeLinear", ["wq", "ws", "wz"], "w")
    g.node("Conv", ["x", "w", "b"], "c")
    g.node("Relu", ["c"], "y")
    g.output("y", [1, 4, 4, 4])
    return g.model(), normal(x=(1, 3, 4, 4))


def half(opset):
    """A model that is float16 throughout."""
    g = Graph("half", opset)
    f16 = TensorProto.FLOAT16
    g.input("x", [1, 3, 6, 6], f16)
    g.init("w", ugly("half.w", (4, 3, 3, 3), 0).astype(np.float16))
    g.init("b", plain("half.b", (4,)).astype(np.float16))
    g.node("Conv", ["x", "w", "b"], "c")
    g.node("Relu", ["c"], "y")
    g.output("y", [1, 4, 4, 4], f16)
    return g.model(), lambda r: {"x": r.normal(0, 1, (1, 3, 6, 6)).astype(np.float16)}


def linear(opset, k=80, n=12, batch=(2, 3)):
    """Two MatMuls and a Gather table for block quantization; K is no multiple of any block size."""
    g = Graph("linear", opset)
    g.input("x", [*batch, k])
    g.init("w", ugly("linear.w", (k, n), 1))
    g.init("v", plain("linear.v", (n, 7)))
    g.node("MatMul", ["x", "w"], "h")
    g.node("Relu", ["h"], "a")
    g.node("MatMul", ["a", "v"], "y")
    g.output("y", [*batch, 7])
    return g.model(), normal(x=(*batch, k))


def linear_long(opset):
    return linear(opset, 300, 6, (2,))


def linear_batched(opset):
    """Constant B of rank 3: [1, K, N] is squeezed (and reshaped back), [2, K, N] is left alone."""
    g = Graph("linear_batched", opset)
    g.input("x", [3, 32])
    g.init("w", plain("linear_batched.w", (1, 32, 8)))
    g.init("v", plain("linear_batched.v", (2, 8, 4)))
    g.node("MatMul", ["x", "w"], "h")
    g.node("MatMul", ["h", "v"], "y")
    g.output("y", [2, 3, 4])
    return g.model(), normal(x=(3, 32))


def linear_half(opset):
    """Block quantization of float16 weights."""
    g = Graph("linear_half", opset)
    f16 = TensorProto.FLOAT16
    g.input("x", [2, 48], f16)
    g.init("w", plain("linear_half.w", (48, 8)).astype(np.float16))
    g.node("MatMul", ["x", "w"], "y")
    g.output("y", [2, 8], f16)
    return g.model(), lambda r: {"x": r.normal(0, 1, (2, 48)).astype(np.float16)}


def linear_even(opset):
    """Two MatMuls whose K gives an even number of blocks of 16: RTN and k-quant pack zero points across columns."""
    g = Graph("linear_even", opset)
    g.input("x", [2, 64])
    g.init("w", plain("linear_even.w", (64, 32)))
    g.init("v", ugly("linear_even.v", (32, 7), 1))
    g.node("MatMul", ["x", "w"], "h")
    g.node("Relu", ["h"], "a")
    g.node("MatMul", ["a", "v"], "y")
    g.output("y", [2, 7])
    return g.model(), normal(x=(2, 64))


def table(opset):
    """Gather from a table, then a MatMul."""
    g = Graph("table", opset)
    g.input("ids", [1, 5], I64)
    g.init("table", ugly("table.table", (9, 40), 0))
    g.init("w", plain("table.w", (40, 6)))
    g.node("Gather", ["table", "ids"], "tok")
    g.node("MatMul", ["tok", "w"], "y")
    g.output("y", [1, 5, 6])
    return g.model(), lambda r: {"ids": r.integers(0, 9, (1, 5))}


def head(opset):
    """A MatMul and a blocked pair (Max, Min) on different tensors, constants and a Cast: the float16 rules."""
    g = Graph("head", opset)
    g.input("x", [2, 8])
    w = plain("head.w", (8, 6))
    w[0, 0], w[0, 1], w[0, 2], w[0, 3], w[0, 4] = 1e-9, -1e-9, 7e4, -7e4, 1e-41
    w[1, 0], w[1, 1], w[1, 2], w[1, 3] = 5.96e-8, 2.0**-25, 6.1e-5, 65520.0
    g.init("w", w)
    g.init("floor", np.float32(-0.5))
    g.init("only_blocked", np.float32(1e-9))
    g.node("Constant", [], "scale", value=numpy_helper.from_array(np.array([0.5] * 6, np.float32)))
    g.node("MatMul", ["x", "w"], "m")
    g.node("Mul", ["m", "scale"], "s")
    g.node("Max", ["s", "floor"], "hi")
    g.node("Tanh", ["hi"], "t")
    g.node("Min", ["t", "only_blocked"], "lo")
    g.node("Cast", ["lo"], "f", to=FLOAT)
    g.node("Relu", ["f"], "y")
    g.output("y", [2, 6])
    g.output("t", [2, 6])
    return g.model(), normal(x=(2, 8))


def head_shared(opset):
    """Two blocked nodes reading one float16 tensor: the reference defines the same Cast output twice."""
    g = Graph("head_shared", opset)
    g.input("x", [2, 8])
    g.init("w", plain("head_shared.w", (8, 6)))
    g.init("zero", np.float32(0))
    g.init("one", np.float32(1))
    g.node("MatMul", ["x", "w"], "m")
    g.node("Max", ["m", "zero"], "hi")
    g.node("Min", ["m", "one"], "lo")
    g.node("Add", ["hi", "lo"], "y")
    g.output("y", [2, 6])
    return g.model(), normal(x=(2, 8))


def resizes(opset):
    """Resize with constant scales, with computed scales, and with sizes."""
    g = Graph("resizes", opset)
    g.input("x", [1, 2, 4, 4])
    g.init("w", plain("resizes.w", (2, 2, 1, 1)))
    g.init("scales", np.array([1, 1, 2, 2], np.float32))
    g.init("half_scales", np.array([2, 2, 1, 1], np.float32))
    g.init("half_of", np.array([0.5, 0.5, 0.5, 0.5], np.float32))
    g.init("sizes", np.array([1, 2, 3, 3], np.int64))
    g.node("Conv", ["x", "w"], "c")
    g.node("Resize", ["c", "", "scales"], "up", mode="linear")
    g.node("Mul", ["half_scales", "half_of"], "computed")
    g.node("Resize", ["up", "", "computed"], "down", mode="nearest")
    g.node("Resize", ["down", "", "", "sizes"], "y", mode="nearest")
    g.output("y", [1, 2, 3, 3])
    return g.model(), normal(x=(1, 2, 4, 4))


def loop(opset):
    """A Loop that accumulates x @ w, with the weight outside its body and a bias inside."""
    g = Graph("loop", opset)
    g.input("x", [2, 4])
    g.init("w", plain("loop.w", (4, 4)))
    g.init("trips", np.array(3, np.int64))
    g.init("go", np.array(True))
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["state_in", "w"], ["mm"], name="body_mm"),
            helper.make_node("Add", ["mm", "inner"], ["state_out"], name="body_add"),
            helper.make_node("Identity", ["cond_in"], ["cond_out"], name="body_cond"),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", I64, []),
            helper.make_tensor_value_info("cond_in", BOOL, []),
            helper.make_tensor_value_info("state_in", FLOAT, [2, 4]),
        ],
        [
            helper.make_tensor_value_info("cond_out", BOOL, []),
            helper.make_tensor_value_info("state_out", FLOAT, [2, 4]),
        ],
        [numpy_helper.from_array(plain("loop.inner", (4,)), "inner")],
    )
    g.node("Loop", ["trips", "go", "x"], "y", body=body)
    g.output("y", [2, 4])
    return g.model(), normal(x=(2, 4))


def constants(opset):
    """A Constant written with value_float, which the reference leaves float32."""
    g = Graph("constants", opset)
    g.input("x", [2, 4])
    g.node("Constant", [], "c", value_float=0.5)
    g.node("Mul", ["x", "c"], "y")
    g.output("y", [2, 4])
    return g.model(), normal(x=(2, 4))

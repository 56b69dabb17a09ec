"""quantize_dynamic: requirement 1."""

import copy

from onnxruntime.quantization import QuantType, quantize_dynamic


def add(store, case_id, rows, graph, opset, exception=None, **config):
    def quantize(path, out, feeds):
        options = copy.deepcopy(config)
        if "weight_type" in options:
            options["weight_type"] = QuantType[options["weight_type"]]
        quantize_dynamic(path, out, **options)

    store.add(case_id, [f"1.{r}" for r in rows], "quantize_dynamic", graph, opset, config, quantize, exception)


def cases(store):
    def case(*args, **kwargs):
        add(store, *args, **kwargs)

    case("dyn_mlp11", ["QInt8", "per-tensor", "Gemm→MatMul+Add"], "mlp", 11)
    case("dyn_mlp21_u8", ["QUInt8", "per-tensor", "Gemm→MatMul+Add"], "mlp", 21, weight_type="QUInt8")
    case("dyn_mlp15_pc", ["QInt8", "per-channel"], "mlp", 15, per_channel=True)
    case("dyn_mlp19_pc_u8", ["QUInt8", "per-channel"], "mlp", 19, per_channel=True, weight_type="QUInt8")
    case("dyn_mlp13_rr", ["QInt8", "reduceRange"], "mlp", 13, reduce_range=True)
    case(
        "dyn_mlp18_rr_pc_u8",
        ["QUInt8", "per-channel", "reduceRange"],
        "mlp",
        18,
        reduce_range=True,
        per_channel=True,
        weight_type="QUInt8",
    )
    case(
        "dyn_mlp14_asym",
        ["QInt8", "WeightSymmetric=false"],
        "mlp",
        14,
        extra_options={"WeightSymmetric": False},
    )
    case("dyn_gemms13", ["Gemm→MatMul+Add", "MatMulConstBOnly=true"], "gemms", 13)
    case("dyn_attention13", ["MatMulConstBOnly=true", "already-quantized inputs"], "attention", 13)
    case(
        "dyn_attention20_anyB",
        ["MatMulConstBOnly=false", "already-quantized inputs"],
        "attention",
        20,
        extra_options={"MatMulConstBOnly": False},
    )
    case(
        "dyn_attention17_include",
        ["nodes to include"],
        "attention",
        17,
        nodes_to_quantize=["MatMul_mq", "MatMul_y"],
    )
    case("dyn_attention16_exclude", ["nodes to exclude"], "attention", 16, nodes_to_exclude=["MatMul_mk"])
    case("dyn_cnn12_optypes", ["op types"], "cnn", 12, op_types_to_quantize=["MatMul"])
    case("dyn_cnn12_conv", ["ConvInteger"], "cnn", 12, weight_type="QUInt8")
    case("dyn_cnn13_conv_s8", ["ConvInteger", "QInt8"], "cnn", 13)
    case(
        "dyn_cnn11_conv_pc",
        ["ConvInteger", "per-channel"],
        "cnn",
        11,
        weight_type="QUInt8",
        per_channel=True,
        reduce_range=True,
    )
    case("dyn_residual13", ["already-quantized inputs", "ConvInteger"], "residual", 13, weight_type="QUInt8")
    case("dyn_embedding17", ["Gather"], "embedding", 17)
    case("dyn_embedding11_u8", ["Gather", "QUInt8"], "embedding", 11, weight_type="QUInt8")
    case(
        "dyn_embedding13_sym",
        ["Gather", "ActivationSymmetric"],
        "embedding",
        13,
        extra_options={"ActivationSymmetric": True},
    )
    case("dyn_embedding_matmul14", ["Gather", "already-quantized inputs", "Transpose"], "embedding_matmul", 14)
    case("dyn_lstm14", ["LSTM", "per-tensor"], "lstm", 14)
    case("dyn_lstm21_pc", ["LSTM", "per-channel"], "lstm", 21, per_channel=True)
    case("dyn_lstm_forward11_rr", ["LSTM", "reduceRange"], "lstm_forward", 11, reduce_range=True, per_channel=True)
    case("dyn_ms_attention14", ["Attention"], "ms_attention", 14)
    case("dyn_ms_attention17_pc", ["Attention", "per-channel"], "ms_attention", 17, per_channel=True, reduce_range=True)
    case("dyn_ms_attention13_u8", ["Attention", "QUInt8"], "ms_attention", 13, weight_type="QUInt8")
    case("dyn_ms_embed14", ["EmbedLayerNormalization"], "ms_embed", 14)
    case("dyn_branch16", ["EnableSubgraph=false"], "branch", 16)
    case("dyn_branch16_sub", ["EnableSubgraph=true"], "branch", 16, extra_options={"EnableSubgraph": True})
    case(
        "dyn_half13",
        ["float16 input"],
        "half",
        13,
        weight_type="QUInt8",
        exception="A trap: the quantizer emits DynamicQuantizeLinear on float16, which the operator does not accept. "
        "The model does not load; Pare refuses float16 models here and says to quantize before converting.",
    )
    case("dyn_where13", ["op types"], "where", 13)

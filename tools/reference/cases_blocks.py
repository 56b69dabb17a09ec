"""MatMulNBitsQuantizer: requirement 4."""

import onnx
from onnxruntime.quantization import QuantFormat
from onnxruntime.quantization.matmul_nbits_quantizer import (
    HQQWeightOnlyQuantConfig,
    KQuantWeightOnlyQuantConfig,
    MatMulNBitsQuantizer,
    RTNWeightOnlyQuantConfig,
)

NO_DOMAIN = (
    "A trap: RTN and k-quant write com.microsoft nodes without importing that domain. ONNX Runtime loads it; the checker does not."
)
DENORMAL = " The channel of denormals divides by zero in the reference: its numbers are undefined casts and are not compared."
TORCH = (
    "HQQ runs in torch, whose float32 sums and powers depend on the machine's vector units. Names, shapes, and the packing "
    "are compared exactly; the numbers are not reproducible by definition and are compared by the error they leave."
)


def add(store, case_id, rows, graph, opset, exception=None, **config):
    def quantize(path, out, feeds):
        options = dict(config)
        algorithm = options.pop("algorithm", "DEFAULT")
        options["quant_format"] = QuantFormat[options.get("quant_format", "QOperator")]
        for key in ("op_types_to_quantize", "nodes_to_include"):
            if key in options:
                options[key] = tuple(options[key])
        if "quant_axes" in options:
            options["quant_axes"] = tuple(options["quant_axes"].items())
        custom = options.pop("customized_weight_config", None)
        if algorithm == "RTN":
            options["algo_config"] = RTNWeightOnlyQuantConfig(customized_weight_config=custom)
        elif algorithm == "k_quant":
            options["algo_config"] = KQuantWeightOnlyQuantConfig(customized_weight_config=custom)
        elif algorithm == "HQQ":
            options["algo_config"] = HQQWeightOnlyQuantConfig(options["block_size"], options.get("bits", 4))
        quantizer = MatMulNBitsQuantizer(onnx.load(path), **options)
        quantizer.process()
        quantizer.model.save_model_to_file(str(out))

    store.add(case_id, [f"4.{r}" for r in rows], "matmul_nbits", graph, opset, config, quantize, exception)


def cases(store):
    def case(*args, **kwargs):
        add(store, *args, **kwargs)

    for bits in (2, 4, 8):
        for size in (16, 32, 64, 128, 256):
            for symmetric in (False, True):
                graph = "linear_long" if size >= 128 else "linear"
                opset = {16: 13, 32: 17, 64: 21, 128: 11, 256: 15}[size]
                case(
                    f"nbits_{bits}b_{size}_{'sym' if symmetric else 'asym'}",
                    [f"{bits} bits", f"block {size}", "symmetric" if symmetric else "asymmetric"],
                    graph,
                    opset,
                    bits=bits,
                    block_size=size,
                    is_symmetric=symmetric,
                    **({"accuracy_level": 4} if size == 32 else {}),
                )
    case("nbits_accuracy0", ["accuracyLevel"], "linear", 13, block_size=32, accuracy_level=0)
    case("nbits_accuracy1", ["accuracyLevel"], "linear", 14, block_size=32, accuracy_level=1, is_symmetric=True)
    case("nbits_exclude", ["exclude"], "linear", 13, block_size=32, nodes_to_exclude=["MatMul_y"])
    case("nbits_batched", ["rank 3"], "linear_batched", 14, block_size=16)
    case("nbits_batched_qdq", ["rank 3", "QDQ"], "linear_batched", 21, block_size=16, quant_format="QDQ")
    case("nbits_half", ["float16 weights"], "linear_half", 13, block_size=16)
    case("nbits_half_8b", ["float16 weights"], "linear_half", 13, block_size=32, bits=8, is_symmetric=True)
    case("nbits_branch", ["subgraphs"], "branch", 16, block_size=16)
    for size, symmetric in ((16, True), (32, False), (64, True), (128, False)):
        case(
            f"qdq4_{size}_{'sym' if symmetric else 'asym'}",
            ["QDQ", "4 bits", f"block {size}"],
            "linear",
            21,
            block_size=size,
            is_symmetric=symmetric,
            quant_format="QDQ",
        )
    case(
        "qdq4_opset13",
        ["QDQ", "opset raised to 21"],
        "linear",
        13,
        block_size=32,
        is_symmetric=True,
        quant_format="QDQ",
    )
    case(
        "qdq4_channel_sym",
        ["QDQ", "channel_wised_quantize"],
        "linear",
        21,
        is_symmetric=True,
        quant_format="QDQ",
        channel_wised_quantize=True,
    )
    case(
        "qdq4_channel_asym",
        ["QDQ", "channel_wised_quantize"],
        "linear",
        21,
        quant_format="QDQ",
        channel_wised_quantize=True,
    )
    case(
        "qdq8",
        ["QDQ", "8 bits"],
        "linear",
        21,
        bits=8,
        block_size=32,
        quant_format="QDQ",
        exception="The reference has no 8-bit QDQ: it logs an error and leaves the MatMuls as they were.",
    )
    case(
        "qdq2",
        ["QDQ", "2 bits"],
        "linear",
        21,
        bits=2,
        block_size=32,
        quant_format="QDQ",
        exception="The reference has no 2-bit QDQ and fails.",
    )
    for size, symmetric in ((16, False), (32, True), (128, False)):
        case(
            f"gather_{size}_{'sym' if symmetric else 'asym'}",
            ["GatherBlockQuantized"],
            "table",
            21 if size != 32 else 17,
            block_size=size,
            is_symmetric=symmetric,
            op_types_to_quantize=["Gather", "MatMul"],
        )
    case(
        "gather_only_axis0",
        ["GatherBlockQuantized"],
        "table",
        21,
        block_size=16,
        op_types_to_quantize=["Gather"],
        quant_axes={"Gather": 0},
    )
    case("gather_8b", ["GatherBlockQuantized", "8 bits"], "table", 21, bits=8, block_size=16, op_types_to_quantize=["Gather"], exception="The reference quantizes Gather to 4 bits only: it logs an error and leaves the node, but raises the opset.")  # fmt: skip
    rtn = {"algorithm": "RTN"}
    case("rtn_16_asym", ["RTN"], "linear_even", 13, NO_DOMAIN, block_size=16, **rtn)
    case("rtn_32_sym", ["RTN"], "linear", 17, NO_DOMAIN, block_size=32, is_symmetric=True, accuracy_level=4, **rtn)
    case("rtn_8b", ["RTN", "8 bits"], "linear", 21, NO_DOMAIN, block_size=64, customized_weight_config={"MatMul_h": {"bits": 8}, "MatMul_y": {"bits": 8, "group_size": 16}}, **rtn)  # fmt: skip
    case("rtn_half", ["RTN", "float16 weights"], "linear_half", 13, NO_DOMAIN, block_size=32, **rtn)
    case("rtn_batched", ["RTN", "rank 3"], "linear_batched", 14, NO_DOMAIN, block_size=16, **rtn)
    case("rtn_odd", ["RTN"], "linear", 13, "A trap: zero points are packed across columns, so an odd number of blocks per column fails.", block_size=32, **rtn)  # fmt: skip
    k_quant = {"algorithm": "k_quant"}
    case("kquant_16", ["k-quant"], "linear_even", 14, NO_DOMAIN + DENORMAL, block_size=16, **k_quant)
    case("kquant_half", ["k-quant"], "linear_half", 13, NO_DOMAIN, block_size=32, **k_quant)
    case("kquant_32", ["k-quant"], "table", 17, NO_DOMAIN, block_size=32, nodes_to_exclude=["none"], accuracy_level=4, **k_quant)  # fmt: skip
    case("kquant_exclude", ["k-quant", "exclude"], "linear_even", 18, NO_DOMAIN, block_size=16, nodes_to_exclude=["MatMul_y"], **k_quant)  # fmt: skip
    case("kquant_8b", ["k-quant", "8 bits"], "table", 21, NO_DOMAIN, block_size=32, customized_weight_config={"MatMul_y": {"bits": 8, "group_size": 16}}, **k_quant)  # fmt: skip
    hqq = {"algorithm": "HQQ"}
    case("hqq_32", ["HQQ"], "table", 13, TORCH, block_size=32, **hqq)
    case("hqq_64_8b", ["HQQ", "8 bits"], "table", 15, TORCH + " ONNX Runtime runs no 8-bit MatMulNBits with float zero points.", block_size=64, bits=8, **hqq)
    case("hqq_128", ["HQQ"], "table", 18, TORCH, block_size=128, **hqq)

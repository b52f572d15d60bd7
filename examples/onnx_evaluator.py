"""ONNX's ReferenceEvaluator, which runs models on NumPy, with leakyc for LeakyRelu and PRelu.

Run it: ``python -m examples.onnx_evaluator``
"""

import numpy as np
import onnx.parser
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

import leakyc


class LeakyRelu(OpRun):  # the class's name is the operator's
    def _run(self, x, alpha=None):  # the evaluator fills in the default, 0.01
        return (leakyc.leaky_relu(x, alpha),)


class PRelu(OpRun):
    def _run(self, x, slope):
        return (leakyc.prelu(x, slope),)


MODEL = onnx.parser.parse_model("""
<ir_version: 8, opset_import: ["" : 16]>
network (float[N, 64] x, float[64, 32] w1, float[32, 10] w2, float[10] slope) => (float[N, 10] y)
{
    hidden = MatMul(x, w1)
    active = LeakyRelu <alpha = 0.2> (hidden)
    last = MatMul(active, w2)
    y = PRelu(last, slope)
}
""")


def feeds(n, seed=0):
    """Inputs of the model: n random rows and random weights."""
    rng = np.random.default_rng(seed)
    shapes = {"x": (n, 64), "w1": (64, 32), "w2": (32, 10), "slope": (10,)}
    return {k: rng.standard_normal(shape, np.float32) for k, shape in shapes.items()}


def run(inputs):
    """The model's output with ONNX's own operators and with ours."""
    stock = ReferenceEvaluator(MODEL)
    ours = ReferenceEvaluator(MODEL, new_ops=[LeakyRelu, PRelu])
    return stock.run(None, inputs)[0], ours.run(None, inputs)[0]


def main():
    stock, ours = run(feeds(1000))
    print(f"{ours.size} outputs, equal to the stock evaluator's: {np.array_equal(stock, ours)}")


if __name__ == "__main__":
    main()

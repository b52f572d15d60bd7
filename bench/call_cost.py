"""What a call costs beside what it computes: nanoseconds, and over one `np.negative`.

python bench/call_cost.py
"""

from leakyc.benchmark import arrays, measure, report, tables

STATEMENTS = {
    "out= by keyword": "leaky_relu(x, a, out=y)",
    "out by position": "leaky_relu(x, a, y)",
    "fresh": "leaky_relu(x, a)",
    "fresh, the default slope": "leaky_relu(x)",
    "in place": "leaky_relu(x, one, out=x)",
    "gradient, out=": "leaky_relu_grad(grad, x, a, out=y)",
    "gradient, fresh": "leaky_relu_grad(grad, x, a)",
    "two-dimensional view": "leaky_relu(v, a, out=w)",
    "the ufunc, out=": "ufunc(x, a, out=y)",
    "np.negative, out=": "np.negative(x, out=y)",
    "np.negative, fresh": "np.negative(x)",
    "np.maximum(x, a * x)": "np.maximum(x, a * x)",
}


def main():
    import leakyc

    for n in (1, 16, 256, 4096, 16384):
        names = arrays.namespace(arrays.normals(n), 1)
        wide = arrays.normals(2 * n).reshape(1, 2 * n)
        names |= {"v": wide[:, ::2], "w": wide[:, ::2].copy(), "ufunc": leakyc.ufuncs.leaky_relu}
        samples = measure.measure(STATEMENTS, names, 2, rounds=(30, 2000), sample=1e-4)
        rows = []
        for name in STATEMENTS:
            rival = "np.negative, fresh" if "fresh" in name else "np.negative, out="
            ratio = samples.ratio(name, rival)
            rows.append([name, report.duration(samples.median(name)), *(f"{r:.2f}" for r in ratio)])
        head = ["call", "median", "over np.negative: quartile", "median", "quartile"]
        print(tables.Table(f"{n} elements, float32, one thread", head, rows).text())


if __name__ == "__main__":
    main()
